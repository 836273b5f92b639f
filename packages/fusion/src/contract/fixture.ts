import * as tf from "@tensorflow/tfjs-core";
import { expandMask, inferenceContext } from "@fovea/nn";
import { perturbParams, randomTensor } from "@fovea/nn/testing";
import type { Fusion } from "../fusion.js";

/** How `fusionContract` makes a fusion, and what the fusion merges. */
export interface FusionContractOptions<F extends Fusion = Fusion> {
  /** Makes a new instance, from the same config every time. */
  make(): F;
  /**
   * Makes finite views with the axes that the fusion merges, [batch, view, …rest], different for every view; e.g.
   * `randomTensor([batch, view, 5])`.
   */
  views(batch: number, view: number): tf.Tensor;
  /** The largest number of views to try. Default: the fusion's `slots`, or 4 where views are a set. */
  readonly maxViews?: number;
  /**
   * Rearranges the params so that those of slot `order[i]` come to slot i. If it is given, one more promise is checked:
   * permuting views and slots together changes nothing. Only where `slots` is a number. Default: not checked.
   */
  permuteSlots?(fusion: F, order: readonly number[]): void;
}

/** A fusion whose params are not at special values such as 0, and inputs for it. */
export interface Fixture<F extends Fusion = Fusion> {
  readonly options: FusionContractOptions<F>;
  readonly fusion: F;
  readonly maxViews: number;
  /** [BATCH, maxViews, …rest] */
  readonly views: tf.Tensor;
  /** [BATCH, maxViews], with one view masked in each row, never the same twice; all ones if there is only one view. */
  readonly mask: tf.Tensor2D;
}

/** A promise of the contract: throws if the fusion breaks it. It runs inside `tf.tidy`. */
export type Property = <F extends Fusion>(fixture: Fixture<F>) => void;

/** Rows of every batch the kit makes. */
export const BATCH = 3;

/** Checks a property on a new fixture, and frees what it made. */
export function withFixture<F extends Fusion>(options: FusionContractOptions<F>, property: Property): void {
  const fusion = options.make();
  try {
    tf.tidy(() => {
      perturbParams(fusion);
      const maxViews = options.maxViews ?? fusion.slots ?? 4;
      const mask = Array.from({ length: BATCH }, (_, b) =>
        Array.from({ length: maxViews }, (_, v) => (maxViews > 1 && v === b % maxViews ? 0 : 1)),
      );
      property({ options, fusion, maxViews, views: options.views(BATCH, maxViews), mask: tf.tensor2d(mask) });
    });
  } finally {
    fusion.dispose();
  }
}

/** A merged batch as numbers: for each row its items. These are the real tokens of a sequence, else the one vector. */
export type Items = readonly (readonly Float32Array[])[];

/** Merges the views and reads the real items back. @throws Error if any number is not finite */
export function mergedItems(fusion: Fusion, views: tf.Tensor, mask: tf.Tensor2D | null): Items {
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

/** `count` views, from the view with index `from` on. */
export const sliceViews = (views: tf.Tensor, from: number, count: number): tf.Tensor =>
  tf.slice(views, [0, from], [-1, count]);

/** One row of the batch. */
export const sliceRow = <T extends tf.Tensor>(x: T, row: number): T => tf.slice(x, [row], [1]) as T;

/** The views in another order: view `order[i]` becomes view i. */
export const permuteViews = (views: tf.Tensor, order: readonly number[]): tf.Tensor =>
  tf.concat(
    order.map((view) => sliceViews(views, view, 1)),
    1,
  );

/** Very large noise, with NaN and infinities in between. */
export function extremeValues(shape: readonly number[]): tf.Tensor {
  const values = randomTensor(shape, 7).dataSync().slice() as Float32Array;
  return tf.tensor(
    values.map((value, i) => [NaN, Infinity, -Infinity, 1e30][i % 7] ?? 1e4 * value),
    [...shape],
  );
}

/** `views` with extreme values in place of the masked ones. */
export const corruptMasked = (views: tf.Tensor, mask: tf.Tensor2D): tf.Tensor =>
  tf.where(expandMask(mask, views.rank), views, extremeValues(views.shape));
