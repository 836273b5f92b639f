import * as tf from "@tensorflow/tfjs-core";
import { heapOf, sizeOf, uninitialized } from "./backend.js";

type Numbers = Float32Array | Int32Array | Uint8Array;

/**
 * `size` numbers along each axis from `begin` on. Stock `wasm` first copies all of `x`, for every slice of a split too.
 */
export function slice(x: tf.Tensor, begin: readonly number[], size: readonly number[]): tf.Tensor {
  const y = uninitialized(size, x.dtype);
  if (y.size > 0) copyBox(heapOf(x), heapOf(y), x.shape, begin, size);
  return y;
}

/** `x` in parts of the given sizes along one axis. */
export function split(x: tf.Tensor, sizes: readonly number[], axis: number): tf.Tensor[] {
  let start = 0;
  return sizes.map((side) => {
    const begin = x.shape.map((_, i) => (i === axis ? start : 0));
    start += side;
    return slice(x, begin, x.shape.map((size, i) => (i === axis ? side : size))); // prettier-ignore
  });
}

/** `x` at every place of one axis, without that axis. */
export function unstack(x: tf.Tensor, axis: number): tf.Tensor[] {
  const shape = x.shape.filter((_, i) => i !== axis);
  return tf.tidy(() => split(x, Array<number>(x.shape[axis]!).fill(1), axis).map((part) => tf.reshape(part, shape)));
}

/** Axes at the end that are taken in full belong to one run, which is copied at once. */
function copyBox(from: Numbers, to: Numbers, shape: number[], begin: readonly number[], size: readonly number[]): void {
  let cut = shape.length - 1;
  while (cut > 0 && size[cut] === shape[cut]) cut--;
  const inner = sizeOf(shape.slice(cut + 1));
  const run = (size[cut] ?? 1) * inner;
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  let place = 0;
  const copy = (axis: number, at: number): void => {
    if (axis >= cut) {
      const start = at + (begin[cut] ?? 0) * inner;
      to.set(from.subarray(start, start + run), place);
      place += run;
    } else for (let i = 0; i < size[axis]!; i++) copy(axis + 1, at + (begin[axis]! + i) * strides[axis]!);
  };
  copy(0, 0);
}
