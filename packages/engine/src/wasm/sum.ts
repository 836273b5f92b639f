import * as tf from "@tensorflow/tfjs-core";
import { heapOf, sizeOf, uninitialized } from "./backend.js";

/** The stock sum over the last axes, which needs no transpose. */
export type StockSum = (x: tf.Tensor, axes: number[]) => tf.Tensor;

/**
 * Sum over any axes, one run of neighbouring axes after the other, the last run first. Stock `wasm` transposes before it
 * sums over axes that are not the last, which costs 3 to 10 times the sum itself. Numbers are added in double precision.
 *
 * @returns the shape without `axes`
 */
export function sum(x: tf.Tensor, axes: readonly number[], stock: StockSum): tf.Tensor {
  const wanted = x.shape.filter((_, axis) => !axes.includes(axis));
  return tf.tidy(() => {
    let y = x;
    for (const { first, last } of runsOf(axes).reverse()) {
      const [outer, length, inner] = [y.shape.slice(0, first), y.shape.slice(first, last + 1), y.shape.slice(last + 1)];
      const cube = tf.reshape(y, [sizeOf(outer), sizeOf(length), sizeOf(inner)]) as tf.Tensor3D;
      y = tf.reshape(cube.shape[2] === 1 ? stock(cube, [1, 2]) : sumMiddle(cube), [...outer, ...inner]);
    }
    return tf.reshape(y === x ? tf.clone(x) : y, wanted);
  });
}

interface Run {
  readonly first: number;
  readonly last: number;
}

function runsOf(axes: readonly number[]): Run[] {
  const sorted = [...axes].sort((a, b) => a - b);
  const starts = sorted.filter((axis, i) => sorted[i - 1] !== axis - 1);
  return starts.map((first) => {
    let last = first;
    while (sorted.includes(last + 1)) last++;
    return { first, last };
  });
}

/** [outer, rows, inner] → [outer, inner]. */
function sumMiddle(x: tf.Tensor3D): tf.Tensor {
  const [outer, rows, inner] = x.shape;
  const y = uninitialized([outer, inner], x.dtype);
  const [from, to] = [heapOf(x), heapOf(y)];
  for (let o = 0; o < outer; o++) {
    const totals = new Float64Array(inner);
    addRows(totals, from.subarray(o * rows * inner, (o + 1) * rows * inner));
    to.set(totals, o * inner);
  }
  return y;
}

/** Four rows at once: the totals are read and written a quarter as often. */
function addRows(totals: Float64Array, rows: Float32Array | Int32Array | Uint8Array): void {
  const n = totals.length;
  const quads = rows.length - (rows.length % (4 * n));
  for (let row = 0; row < quads; row += 4 * n)
    for (let i = 0, at = row; i < n; i++, at++)
      totals[i]! += rows[at]! + rows[at + n]! + rows[at + 2 * n]! + rows[at + 3 * n]!;
  for (let at = quads; at < rows.length; at++) totals[at % n]! += rows[at]!;
}
