import { toTensor } from "@fovea/data";
import { imageAddress, percent, type Figure } from "@fovea/experiment";
import type { Vocabulary } from "@fovea/bimodal";
import { explainPma, type PmaStageExplanation } from "@fovea/models";
import { inferenceContext, padPhrases, rng, type PhraseCut, type Pixels } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { NORMALIZATION } from "../splits.js";
import type { PhrasesOf, PmaData } from "./task.js";
import type { Network } from "./network.js";
import type { Settings } from "./settings.js";

/** How a network is asked about an image and the sentences about it. */
export interface Asked {
  readonly model: Network;
  readonly classes: readonly string[];
  readonly phrasesOf: PhrasesOf;
  readonly vocabulary: Vocabulary;
  readonly maxPhrases: number;
}

/** What a network says of one image, and what each stage looked at. */
export interface Explanation {
  readonly label: string;
  readonly probability: number;
  readonly figure: Figure;
}

const EXAMPLES = 4;

/** Test images that the network gets right, and as many that it gets wrong, that the seed picks. */
export async function examplesOf(model: Network, data: PmaData, { seed, maxPhrases }: Settings): Promise<Figure[]> {
  const { items } = data.test.set;
  const asked: Asked = { ...data, model, maxPhrases };
  const [right, wrong]: [Figure[], Figure[]] = [[], []];
  for (const at of rng(seed).split("examples").permutation(items.length)) {
    if (right.length === EXAMPLES && wrong.length === EXAMPLES) break;
    const item = items[at]!;
    const truth = data.classes[item.label]!;
    const { label, figure } = await explain(asked, item.id, await item.load(), await item.captions(), truth);
    const kind = label === truth ? right : wrong;
    if (kind.length < EXAMPLES) kind.push(figure);
  }
  return [...right, ...wrong];
}

/** @param truth - the true class; without one nothing is marked as right or wrong */
export async function explain(
  { model, classes, phrasesOf, vocabulary, maxPhrases }: Asked,
  title: string,
  pixels: Pixels,
  sentences: readonly string[],
  truth?: string,
): Promise<Explanation> {
  const said = phrasesOf(sentences, { id: title });
  const ids = said.map((phrase) => vocabulary.idsOf(phrase));
  const cuts: PhraseCut[] = [];
  const words = padPhrases([ids], { maxPhrases, overflow: "cut", onCut: (cut) => cuts.push(cut) });
  const { logits, stages } = await outputsOf(model, pixels, words);
  const best = logits.indexOf(Math.max(...logits));
  const [label, probability] = [classes[best]!, softmax(logits)[best]!];
  const mark = truth === undefined ? "" : label === truth ? "✓ " : "✗ ";
  const source = await blocksOn(pixels, stages);
  const phrases = said.slice(0, maxPhrases);
  const figure: Figure = {
    title: truth === undefined ? title : `${truth} (${title})`,
    note: `${mark}**${label}** ${percent(probability)} %. ${sentences.join("; ")}${cuts.map(cutLine).join("")}`,
    rows: [
      { images: [{ source, alt: `${title}: the block of each stage` }] },
      ...stages.map((stage, t) => ({ label: stageLine(stage, phrases, t), images: [] })),
    ],
  };
  return { label, probability, figure };
}

/** What a network does not read of an image's text. */
const cutLine = ({ phrases, of, words }: PhraseCut): string =>
  ` (${[...(phrases > 0 ? [`the last ${phrases} of ${of} phrases`] : []), ...(words > 0 ? [`${words} words of long phrases`] : [])].join(" and ")} not read)`; // prettier-ignore

/** The logits of one image, and what its stages looked at if the network has stages. Disposes the words. */
async function outputsOf(model: Network, pixels: Pixels, words: tf.Tensor3D) {
  const x = toTensor([pixels], NORMALIZATION);
  try {
    if (!model.outputs) return { logits: await read(model.forward(x, words, inferenceContext())), stages: [] };
    const outputs = model.outputs(x, words, inferenceContext());
    const [explained] = await explainPma(outputs, { imageSize: [pixels.height, pixels.width] });
    outputs.features.dispose();
    tf.dispose(outputs.stages as unknown as tf.TensorContainer);
    return { logits: await read(outputs.logits), stages: explained!.stages };
  } finally {
    tf.dispose([x, words]);
  }
}

async function read(logits: tf.Tensor): Promise<number[]> {
  const values = [...(await logits.data())];
  logits.dispose();
  return values;
}

const softmax = (logits: readonly number[]): number[] => {
  const exp = logits.map((value) => Math.exp(value - Math.max(...logits)));
  const sum = exp.reduce((a, b) => a + b, 0);
  return exp.map((value) => value / sum);
};

const COLORS = ["#e4002b", "#0077c8", "#00843d", "#ff8200", "#753bbd"];

/** The image with the block of each stage outlined and numbered, as an SVG. */
export async function blocksOn(pixels: Pixels, stages: readonly Pick<PmaStageExplanation, "box">[]): Promise<string> {
  const { width, height } = pixels;
  const line = width / 60;
  const marks = stages.map(({ box: { left, top, width: w, height: h } }, t) => {
    const color = COLORS[t % COLORS.length]!;
    const rect = `<rect x="${left + line / 2}" y="${top + line / 2}" width="${w - line}" height="${h - line}" fill="none" stroke="${color}" stroke-width="${line}"/>`; // prettier-ignore
    return `${rect}<text x="${left + 2 * line}" y="${top + 7 * line}" font-size="${6 * line}" font-family="sans-serif" font-weight="bold" style="fill:${color};stroke:#fff;stroke-width:${line / 2};paint-order:stroke">${t + 1}</text>`; // prettier-ignore
  });
  const image = `<image href="${await imageAddress(pixels, null)}" width="${width}" height="${height}"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${image}${marks.join("")}</svg>`; // prettier-ignore
}

const SHOWN = 4;

/** Such as "**1** what the block goes with: ~~red crown~~ 62 %, bill 9 % · the rest: long tail 71 %". */
function stageLine({ beta, gamma, struck }: PmaStageExplanation, phrases: readonly string[], t: number): string {
  const weighed = (weights: readonly number[], isStruck: (i: number) => boolean) =>
    phrases
      .map((phrase, i) => ({ phrase, weight: weights[i] ?? 0, i }))
      .filter(({ weight }) => weight > 0)
      .sort((a, b) => b.weight - a.weight)
      .slice(0, SHOWN)
      .map(({ phrase, weight, i }) => `${isStruck(i) ? `~~${phrase}~~` : phrase} ${percent(weight)} %`);
  const ofBlock = weighed(beta, (i) => struck.includes(i));
  const ofRest = weighed(gamma, () => false);
  const said = (list: readonly string[]) => (list.length > 0 ? list.join(", ") : "no phrase is left");
  if (phrases.length === 0) return `**${t + 1}** no text`;
  return `**${t + 1}** what the block goes with: ${said(ofBlock)} · the rest: ${said(ofRest)}`;
}
