import { mkdir } from "node:fs/promises";
import { basename, dirname, relative, resolve } from "node:path";
import { processImages, retrying } from "@fovea/data";
import { loadWeights } from "@fovea/nn";
import { writeFileAtomic } from "@fovea/nn/node";
import { CheckpointError, loadCheckpoint } from "@fovea/train";
import { page } from "../report/page.js";
import { lookOf, thumbnailOf } from "./examples.js";
import { fits, openLarge, peakBytes, predictLarge } from "./large.js";
import { DEFAULTS, type Settings } from "./settings.js";
import { STRATEGIES } from "./strategies.js";

/** A model as the demo saved it. */
interface Saved {
  readonly strategy: string;
  readonly settings: Partial<Settings>;
  readonly classes: readonly string[];
}

/** What came of some pictures. */
export interface Predictions {
  /** As the terminal shows it. */
  readonly text: string;
  /** A sentence for each picture that could not be read. */
  readonly failures: readonly string[];
}

/**
 * Classifies pictures of any size with a saved model, and writes a page of where it looked. One that cannot be read
 * does not end it.
 *
 * @throws CheckpointError for a checkpoint of another kind; Error if no picture can be read
 */
export async function predictPictures(
  images: readonly string[],
  checkpointPath: string,
  out: string,
  retries = 0,
): Promise<Predictions> {
  const saved = await loadModel(checkpointPath);
  try {
    const each = await processImages(images, (image) => predictPicture(image, saved, retries), { onFailure: "skip" });
    await mkdir(dirname(out), { recursive: true });
    const looks = each.results.map(({ name, look }) => ({ name, look }));
    await writeFileAtomic(out, page("zoomin-prediction", { looks }));
    return {
      failures: each.failures.map(({ error }) => error.message),
      text: [
        ...each.results.map(({ text }) => text),
        `Peak memory of the process (RSS): ${(peakBytes() / 1e6).toFixed(0)} MB.`,
        `Page: ${relative(process.cwd(), resolve(out))}`,
      ].join("\n"),
    };
  } finally {
    saved.model.dispose();
  }
}

async function predictPicture(
  image: string,
  { strategy, model, settings, classes }: Awaited<ReturnType<typeof loadModel>>,
  retries: number,
) {
  const source = retrying(await openLarge(image), { times: retries });
  try {
    if (!fits(source, strategy, settings))
      throw new Error(`${image}: it is too large for a view of the whole; use a zoom-in checkpoint.`);
    const prediction = await predictLarge(model, source, strategy, settings);
    const thumbnail = await thumbnailOf(source);
    const shown = { thumbnail, tile: settings.tile, truth: [], classes, label: null };
    const ranked = classes
      .map((name, i) => ({ name, share: prediction.probabilities[i]! }))
      .sort((a, b) => b.share - a.share);
    const lines = [
      `${basename(image)}, ${source.width} × ${source.height} pixels:`,
      ...ranked.map(({ name, share }) => `  ${name} ${(100 * share).toFixed(1)} %`),
    ];
    const look = await lookOf(strategy.name, source, prediction, shown);
    return { name: basename(image), text: lines.join("\n"), look };
  } finally {
    await source.close();
  }
}

async function loadModel(path: string) {
  const checkpoint = await loadCheckpoint(path).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError(
      `${reason}; train one by \`npm run demo -- zoomin\`, or name another with \`--checkpoint\`.`,
    );
  });
  try {
    const { strategy: id, settings: decisive, classes } = (checkpoint.config ?? {}) as Saved;
    const strategy = STRATEGIES.find((known) => known.id === id);
    if (!strategy) throw new CheckpointError(`predict: ${path} is of no strategy of zoomin, but of \`${id}\`.`);
    const settings = { ...DEFAULTS, ...decisive };
    const model = strategy.build(settings, classes.length);
    loadWeights(model, checkpoint.weights);
    return { strategy, model, settings, classes };
  } finally {
    checkpoint.dispose();
  }
}
