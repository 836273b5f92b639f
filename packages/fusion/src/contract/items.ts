import * as tf from "@tensorflow/tfjs-core";
import type { Fusion } from "../fusion.js";
import type { Trial } from "./trial.js";

/** A merged batch as numbers: for each row its items. These are the real tokens of a sequence, else the one vector. */
export type Items = readonly (readonly Float32Array[])[];

const TOLERANCE = 1e-4;

/** Merges the views and reads the real items back. @throws Error if any number is not finite */
export function mergedItems(
  { merge, fusion }: Trial,
  views: tf.Tensor,
  mask: tf.Tensor2D | null,
  by: Fusion = fusion,
): Items {
  return tf.tidy(() => {
    const merged = merge(views, mask, by);
    const values = merged.dataSync<"float32">();
    assert(values.every(Number.isFinite), "merged to values that are not finite");
    const [batch, length] = [merged.shape[0]!, merged.shape[1] ?? 1];
    const size = values.length / batch;
    const row = (b: number) => Float32Array.from(values.slice(b * size, (b + 1) * size));
    if (!by.mergeMask) return Array.from({ length: batch }, (_, b) => [row(b)]);
    const real = by.mergeMask(mask ?? tf.ones([batch, views.shape[1]!]), views.shape[2]!).dataSync();
    const tokens = (b: number) =>
      Array.from({ length }, (_, t) => row(b).slice((t * size) / length, ((t + 1) * size) / length));
    return Array.from({ length: batch }, (_, b) => tokens(b).filter((_, t) => real[b * length + t] !== 0));
  });
}

const differ = (a: Float32Array, b: Float32Array): boolean =>
  a.length !== b.length || a.some((value, i) => Math.abs(value - b[i]!) > TOLERANCE * Math.max(1, Math.abs(b[i]!)));

/** Whether both have the same items in the same order. */
export const sameItems = (a: Items, b: Items): boolean =>
  a.length === b.length &&
  a.every((row, i) => row.length === b[i]!.length && row.every((item, j) => !differ(item, b[i]![j]!)));

/** Whether both have the same items in each row, in any order. */
export const sameSets = (a: Items, b: Items): boolean =>
  a.length === b.length && a.every((row, i) => row.length === b[i]!.length && isPermutation(row, b[i]!));

function isPermutation(row: readonly Float32Array[], other: readonly Float32Array[]): boolean {
  const left = [...other];
  return row.every((item) => {
    const match = left.findIndex((candidate) => !differ(item, candidate));
    if (match >= 0) left.splice(match, 1);
    return match >= 0;
  });
}

/** @throws Error with `message` unless `condition` */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
