import type { Block } from "./finished-blocks.js";

/** Whole rows of an image that are finished, in order from top to bottom. */
export interface ProbabilityBand {
  /** The first row. */
  readonly top: number;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
  /** [height, width, classes]; for each pixel they sum to 1. */
  readonly probabilities: Float32Array;
}

/** Whole rows of a label map that are finished, in order from top to bottom. */
export interface LabelBand {
  /** The first row. */
  readonly top: number;
  readonly height: number;
  readonly width: number;
  /** The class of the largest probability of each pixel, [height, width]. */
  readonly labels: Uint8Array;
}

/** The largest class that a byte holds. */
const MOST_CLASSES = 256;

/** The class of the largest probability of each pixel. @throws RangeError for NaN, or more classes than a byte holds */
export function labelsOf(
  probabilities: Float32Array,
  classes: number,
  labels = new Uint8Array(probabilities.length / classes),
): Uint8Array {
  if (classes > MOST_CLASSES)
    throw new RangeError(`slidingWindow: label maps hold at most ${MOST_CLASSES} classes, got ${classes}.`);
  for (let pixel = 0, i = 0; pixel < labels.length; pixel++) {
    let [best, most] = [-1, -1];
    for (let c = 0; c < classes; c++, i++) if (probabilities[i]! > most) [best, most] = [c, probabilities[i]!];
    if (best < 0) throw new RangeError("slidingWindow: expected `classify` to return numbers, got NaN.");
    labels[pixel] = best;
  }
  return labels;
}

/** Label maps of rows of blocks. Only labels are kept of a block. */
export async function* labelBands(blocks: AsyncIterable<Block>, width: number): AsyncGenerator<LabelBand> {
  let labels: Uint8Array | undefined;
  for await (const block of blocks) {
    const { top, left, height } = block;
    labels ??= new Uint8Array(height * width);
    const part = labelsOf(block.probabilities, block.classes);
    for (let y = 0; y < height; y++)
      labels.set(part.subarray(y * block.width, (y + 1) * block.width), y * width + left);
    if (left + block.width < width) continue;
    yield { top, height, width, labels };
    labels = undefined;
  }
}

/** Probabilities of rows of blocks. */
export async function* probabilityBands(blocks: AsyncIterable<Block>, width: number): AsyncGenerator<ProbabilityBand> {
  let probabilities: Float32Array | undefined;
  for await (const block of blocks) {
    const { top, left, height, classes } = block;
    probabilities ??= new Float32Array(height * width * classes);
    const line = block.width * classes;
    for (let y = 0; y < height; y++)
      probabilities.set(block.probabilities.subarray(y * line, (y + 1) * line), (y * width + left) * classes);
    if (left + block.width < width) continue;
    yield { top, height, width, classes, probabilities };
    probabilities = undefined;
  }
}
