import type { LargeImage } from "@fovea/nn";
import { percent, withProgress, type Figure } from "@fovea/experiment";
import type { LargeImagePrediction } from "@fovea/models";
import { openImage } from "../open-image.js";
import type { Data } from "./data.js";
import { likeliest, looksAt } from "./evaluate.js";
import { figureOf } from "./figures.js";
import { fits, type Model, type Network } from "./networks.js";
import type { LabeledImage, LargeScene } from "./scenes.js";
import type { Settings } from "./settings.js";

/** What `run` shows of one model. */
export interface Explanation {
  /** Null if no large scene was asked for. */
  readonly large: LargeResult | null;
  /** The large scene first, then test images. */
  readonly figures: readonly Figure[];
}

/** What came of the scene that is a file. */
export interface LargeResult {
  readonly size: number;
  /** Bytes of the file, and of its pixels if all were in memory. */
  readonly fileBytes: number;
  readonly pixelBytes: number;
  /** What the model says; null where the scene is too large for it. */
  readonly answer: { readonly text: string; readonly found: boolean; readonly seconds: number } | null;
  /** Most memory that the process has had, with training. */
  readonly peakBytes: number;
}

/** Test images that are shown: of those that the model gets right, and of those that it does not. */
const SHOWN = 3;

/** Classifies the large scene, and shows where the model looked there and in test images. */
export async function explain(model: Model, data: Data, settings: Settings, network: Network): Promise<Explanation> {
  const { test } = await data.curriculum.at(-1)!.images();
  const seen: { readonly image: LabeledImage; readonly prediction: LargeImagePrediction }[] = [];
  for (const image of test) seen.push({ image, prediction: await model.predict(image.source) });
  const isRight = ({ image, prediction }: (typeof seen)[number]) => likeliest(prediction.probabilities) === image.label;
  const right = seen.filter(isRight).sort((a, b) => (b.image.boxes?.length ?? 0) - (a.image.boxes?.length ?? 0));
  const wrong = seen.filter((one) => !isRight(one));
  const large = data.large && (await explainLarge(data.large, model, data, settings, network));
  const figures = large?.figure ? [large.figure] : [];
  for (const { image, prediction } of [...right.slice(0, SHOWN), ...wrong.slice(0, SHOWN)]) {
    const note = answerOf(prediction, data.classes, image.label);
    const title = `${image.id}: ${data.classes[image.label]!}`;
    const { source, boxes } = image;
    figures.push(await figureOf(source, prediction, { title, note, tile: settings.tile, boxes: boxes ?? [] }));
  }
  return { large: large && large.result, figures };
}

/** "✓ stop 93.1 %" */
function answerOf({ probabilities }: LargeImagePrediction, classes: readonly string[], label: number): string {
  const said = likeliest(probabilities);
  return `${said === label ? "✓" : "✗"} ${classes[said]!} ${percent(probabilities[said]!)} %`;
}

async function explainLarge(
  { scene, path, fileBytes }: LargeScene,
  model: Model,
  { classes }: Data,
  settings: Settings,
  network: Network,
): Promise<{ readonly result: LargeResult; readonly figure?: Figure }> {
  const { width: size, targets: boxes, label } = scene;
  const of = { size, fileBytes, pixelBytes: 3 * size ** 2 };
  if (!fits(scene, network, settings)) return { result: { ...of, answer: null, peakBytes: peakBytes() } };
  const source = await openImage(path);
  try {
    const start = performance.now();
    const prediction = await predictLarge(model, source, network, settings);
    const seconds = (performance.now() - start) / 1000;
    const note = answerOf(prediction, classes, label);
    const title = `${size} × ${size} pixels, from a file: ${classes[label]!}`;
    const figure = await figureOf(source, prediction, { title, note, tile: settings.tile, boxes });
    const answer = { text: note, found: boxes.some((box) => looksAt(prediction, box)), seconds };
    return { result: { ...of, answer, peakBytes: peakBytes() }, figure };
  } finally {
    await source.close();
  }
}

/** Classifies an image, showing how much of what it takes has been read: a view of the whole, or one of each tile. */
export function predictLarge(
  model: Model,
  { width, height, ...image }: LargeImage,
  network: Network,
  settings: Settings,
): Promise<LargeImagePrediction> {
  const { tile, samples } = settings;
  const tiles = Math.ceil(width / tile) * Math.ceil(height / tile);
  const most = network.viewScale(settings) === null ? tiles + 2 * samples : 1 + samples;
  return withProgress(`looking, ${width} × ${height}`, most, async (to) => {
    let reads = 0;
    const read: LargeImage["read"] = async (region, scale) => {
      const pixels = await image.read(region, scale);
      if (++reads < most) to(reads);
      return pixels;
    };
    const prediction = await model.predict({ width, height, read });
    to(most);
    return prediction;
  });
}

/** Most memory that the process has had, from its start on. */
export const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;
