import type { PmaStage } from "@fovea/bimodal";
import type * as tf from "@tensorflow/tfjs-core";
import type { PmaClassifierOutputs } from "./pma.js";

/** How `explainPma` finds the place of a block in an image. */
export interface ExplainPmaOptions {
  /** Height and width of the images that the outputs are of, in pixels. */
  readonly imageSize: readonly [height: number, width: number];
}

/** A part of an image, in pixels. */
export interface PixelBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What one stage looked at and read, of one sample. The lists of phrases are empty in a model without text. */
export interface PmaStageExplanation {
  /** The block that the stage chose, as a part of the image. */
  readonly box: PixelBox;
  /** The attention of each block, [rows][columns]. */
  readonly alpha: readonly (readonly number[])[];
  /** The weight of each phrase in the local stream; 0 for padding and phrases that were struck out before. */
  readonly beta: readonly number[];
  /** The weight of each phrase in the global stream. */
  readonly gamma: readonly number[];
  /** The phrases that the local stream could use, as indices. */
  readonly available: readonly number[];
  /** The phrases that this stage struck out, as indices. */
  readonly struck: readonly number[];
}

/** What each stage looked at and read, of one sample. */
export interface PmaExplanation {
  readonly stages: readonly PmaStageExplanation[];
}

/**
 * Reads from the outputs of a PMA model what each stage looked at and read, for drawing. The block in row r and column
 * c covers 2 × 2 cells of the map, each of `stride` pixels:
 *
 *     left = 2 · stride · c,   top = 2 · stride · r,   width = height = 2 · stride, as far as the image goes
 *
 * @param outputs - those of `PmaClassifier.outputs`; not disposed
 * @returns one explanation for each sample
 */
export async function explainPma(
  outputs: PmaClassifierOutputs,
  options: ExplainPmaOptions,
): Promise<readonly PmaExplanation[]> {
  const stages = await Promise.all(outputs.stages.map(readStage));
  const [batch] = outputs.logits.shape;
  return Array.from({ length: batch }, (_, b) => ({
    stages: stages.map((stage) => explainStage(stage, b, outputs, options)),
  }));
}

type StageRows = { readonly [Name in keyof PmaStage]: readonly (readonly number[])[] };

/** The tensors of a stage as rows of numbers, one for each sample. */
async function readStage(stage: PmaStage): Promise<StageRows> {
  const entries = Object.entries(stage) as [keyof PmaStage, tf.Tensor | null][];
  const read = entries.map(async ([name, tensor]) => [name, tensor ? await rowsOf(tensor) : []] as const);
  return Object.fromEntries(await Promise.all(read)) as unknown as StageRows;
}

async function rowsOf(tensor: tf.Tensor): Promise<number[][]> {
  const [values, length] = [Array.from(await tensor.data()), tensor.size / tensor.shape[0]!];
  return Array.from({ length: tensor.shape[0]! }, (_, b) => values.slice(b * length, (b + 1) * length));
}

function explainStage(
  stage: StageRows,
  b: number,
  { grid: [rows, columns], stride }: PmaClassifierOutputs,
  { imageSize }: ExplainPmaOptions,
): PmaStageExplanation {
  const alpha = stage.alpha[b]!;
  const [before, after] = [stage.availableLocal[b] ?? [], stage.availableGlobal[b] ?? []];
  const indices = before.map((_, i) => i);
  return {
    box: boxOf(stage.block[b]![0]!, columns, 2 * stride, imageSize),
    alpha: Array.from({ length: rows }, (_, row) => alpha.slice(row * columns, (row + 1) * columns)),
    beta: stage.beta[b] ?? [],
    gamma: stage.gamma[b] ?? [],
    available: indices.filter((i) => before[i] === 1),
    struck: indices.filter((i) => before[i] === 1 && after[i] === 0),
  };
}

function boxOf(
  block: number,
  columns: number,
  side: number,
  [height, width]: ExplainPmaOptions["imageSize"],
): PixelBox {
  const [left, top] = [side * (block % columns), side * Math.floor(block / columns)];
  return { left, top, width: Math.min(side, width - left), height: Math.min(side, height - top) };
}
