import { inferenceContext } from "@fovea/nn";
import { perturbParams, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import {
  progressiveMaskAttention,
  type EncodedPhrases,
  type PmaOutputs,
  type PmaStage,
  type ProgressiveMaskAttentionConfig,
} from "../../src/index.js";

/** Sizes of which no two are equal. Maps of 5 × 7 cells have 2 × 3 blocks. */
export const SIZES = { visualDim: 5, textDim: 7, localDim: 3, finalDim: 11, reduction: 2 } as const;
export const still = inferenceContext();

/** A module whose biases and vectors are not 0. */
export const make = (config: Partial<ProgressiveMaskAttentionConfig> = {}, seed = 1) =>
  perturbParams(progressiveMaskAttention({ ...SIZES, ...config }), seed);

export const mapOf = (batch: number, seed = 0, [height, width] = [5, 7]): tf.Tensor4D =>
  randomTensor<tf.Tensor4D>([batch, height!, width!, SIZES.visualDim], seed);

/** Phrases of samples, as many as `counts` says, padded with NaN to `phrase`. */
export function phrasesOf(counts: readonly number[], seed = 0, phrase = Math.max(1, ...counts)): EncodedPhrases {
  const mask = tf.tensor2d(counts.map((count) => Array.from({ length: phrase }, (_, i) => (i < count ? 1 : 0))));
  const all = randomTensor<tf.Tensor3D>([counts.length, 23, SIZES.textDim], seed + 100); // the same for any padding
  const cut = tf.slice(all, [0, 0, 0], [counts.length, phrase, SIZES.textDim]);
  const vectors = tf.where(tf.expandDims(tf.cast(mask, "bool"), 2), cut, tf.fill(cut.shape, NaN)) as tf.Tensor3D;
  return { vectors, mask };
}

export type Rows = number[][];
/** The tensors of a stage as numbers. */
export type StageNumbers = { readonly [Name in keyof PmaStage]: Name extends "block" ? number[] : Rows };

/** The tensors of all stages as numbers; empty in place of those that a module without text has not. */
export const read = ({ stages }: PmaOutputs): StageNumbers[] =>
  stages.map(
    (stage) =>
      Object.fromEntries(
        Object.entries(stage).map(([name, x]) => [name, (x as tf.Tensor | null)?.arraySync() ?? []]),
      ) as StageNumbers,
  );

/** The place of each number if the largest come first, of equal ones the first. */
export const ranksOf = (row: readonly number[]): number[] =>
  row.map((x, i) => row.filter((y, j) => y > x || (y === x && j < i)).length);

export const sum = (row: readonly number[]): number => row.reduce((total, x) => total + x, 0);
