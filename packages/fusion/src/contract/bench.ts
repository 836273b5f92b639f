import * as tf from "@tensorflow/tfjs-core";
import { inferenceContext, rng } from "@fovea/nn";
import { randomTensor } from "@fovea/nn/testing";
import type { Fusion } from "../fusion.js";

/** What the kit needs to know about a fusion. */
export interface FusionContractOptions<F extends Fusion = Fusion> {
  /** A new instance, from the same config every time. */
  make(): F;
  /**
   * Finite values of the right axes, [batch, view, …rest], different for every view; e.g.
   * `randomTensor([batch, view, 5])`.
   */
  views(batch: number, view: number): tf.Tensor;
  /** The most views to try. Default: `slots`, or 4 where views are a set. */
  readonly most?: number;
  /**
   * Rearranges the params so that slot `order[i]`'s come to slot i. With it the kit checks the joint law of structured
   * fusions: views and slots permuted together change nothing. Only where `slots` is a number.
   */
  permuteSlots?(fusion: F, order: readonly number[]): void;
}

/** One fusion on the bench: an instance whose weights are away from special values, and inputs for it. */
export interface Bench<F extends Fusion = Fusion> {
  readonly options: FusionContractOptions<F>;
  readonly fusion: F;
  readonly most: number;
  /** [BATCH, most, …rest] */
  readonly views: tf.Tensor;
  /** [BATCH, most], another view masked in each row; all ones where there is only one view. */
  readonly mask: tf.Tensor2D;
}

/** A law: throws where the fusion breaks it. Runs inside a tidy. */
export type Law = <F extends Fusion>(bench: Bench<F>) => void;

/** Rows of every batch the kit makes. */
export const BATCH = 3;

/** Builds the bench, runs the law on it, cleans up. */
export function onBench<F extends Fusion>(options: FusionContractOptions<F>, law: Law): void {
  const fusion = options.make();
  try {
    tf.tidy(() => {
      stir(fusion, 1);
      const most = options.most ?? fusion.slots ?? 4;
      const mask = Array.from({ length: BATCH }, (_, b) =>
        Array.from({ length: most }, (_, v) => (most > 1 && v === b % most ? 0 : 1)),
      );
      law({ options, fusion, most, views: options.views(BATCH, most), mask: tf.tensor2d(mask) });
    });
  } finally {
    fusion.dispose();
  }
}

/** Moves every param by N(0, 0.3²): zeros and equal rows, common at the start, would hide mistakes. */
export function stir(fusion: Fusion, seed: number): void {
  tf.tidy(() =>
    Object.values(fusion.params).forEach((param, i) => {
      const noise = rng(seed).split("stir", i).normal(param.size, 0, 0.3);
      param.assign(tf.add(param, tf.tensor(noise, param.shape)));
    }),
  );
}

/**
 * A merged batch as numbers: for each row its items, which are the real tokens of a sequence, or else the row as a
 * whole.
 */
export type Items = readonly (readonly Float32Array[])[];

/**
 * Merges and reads back what counts. @throws Error if what counts is not finite, or what does not count is NaN or
 * infinite
 */
export function see(fusion: Fusion, views: tf.Tensor, mask: tf.Tensor2D | null): Items {
  return tf.tidy(() => {
    const merged = fusion.merge(views, mask, inferenceContext());
    const values = merged.dataSync<"float32">();
    if (!values.every(Number.isFinite)) throw new Error(`${fusion.name}: merged to values that are not finite.`);
    const [batch, length] = [merged.shape[0]!, merged.shape[1] ?? 1];
    const size = values.length / batch;
    const row = (b: number) => Float32Array.from(values.slice(b * size, (b + 1) * size));
    if (!fusion.mergeMask) return Array.from({ length: batch }, (_, b) => [row(b)]);
    const real = fusion.mergeMask(mask ?? tf.ones([batch, views.shape[1]!]), views.shape[2]!).dataSync();
    const tokens = (b: number) =>
      Array.from({ length }, (_, t) => row(b).slice((t * size) / length, ((t + 1) * size) / length));
    return Array.from({ length: batch }, (_, b) => tokens(b).filter((_, t) => real[b * length + t] !== 0));
  });
}

/** Rows `from` … of the view axis, as many as `count`. */
export const takeViews = (views: tf.Tensor, from: number, count: number): tf.Tensor =>
  tf.slice(views, [0, from], [-1, count]);

/** One row of the batch. */
export const takeRow = <T extends tf.Tensor>(x: T, row: number): T => tf.slice(x, [row], [1]) as T;

/** The views in another order: view `order[i]` comes to place i. */
export const permute = (views: tf.Tensor, order: readonly number[]): tf.Tensor =>
  tf.concat(
    order.map((view) => takeViews(views, view, 1)),
    1,
  );

/** Noise of a size no real input has, NaN and infinities in between. */
export function garbage(shape: readonly number[]): tf.Tensor {
  const values = randomTensor(shape, 7).dataSync().slice() as Float32Array;
  return tf.tensor(
    values.map((value, i) => [NaN, Infinity, -Infinity, 1e30][i % 7] ?? 1e4 * value),
    [...shape],
  );
}

/** `views` with garbage in place of the masked ones. */
export const spoil = (views: tf.Tensor, mask: tf.Tensor2D): tf.Tensor =>
  tf.where(
    tf.notEqual(tf.reshape(mask, [...mask.shape, ...views.shape.slice(2).map(() => 1)]), 0),
    views,
    garbage(views.shape),
  );
