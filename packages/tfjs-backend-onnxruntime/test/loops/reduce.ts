import * as tf from "@tensorflow/tfjs-core";
import type { Attrs, Loop } from "./elementwise.js";
import { at, flatIndex, placesOf, sum, tensorOf, times, type Numbers, type Place } from "./numbers.js";

const axesOf = ({ axis, reductionIndices }: Attrs, rank: number): number[] => {
  const axes = [axis ?? reductionIndices ?? []].flat() as number[];
  return axes.map((one) => (one + rank) % rank);
};

/** `f` of the numbers along the axes, in order. */
function along(
  x: Numbers,
  axes: readonly number[],
  keep: unknown,
  dtype: Numbers["dtype"],
  f: (row: number[]) => number,
): Numbers {
  const kept = x.shape.map((side, axis) => (axes.includes(axis) ? 1 : side));
  const shape = keep ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
  const rows = new Map<number, number[]>(placesOf(kept).map((place) => [flatIndex(kept, place), []]));
  for (const place of placesOf(x.shape)) {
    const row = place.map((index, axis) => (axes.includes(axis) ? 0 : index));
    rows.get(flatIndex(kept, row))!.push(at(x, place));
  }
  const results = [...rows.values()].map(f);
  return tensorOf(shape, dtype, (place) => results[flatIndex(shape, place)]!);
}

const reduction =
  (
    f: (row: number[], dtype: Numbers["dtype"]) => number,
    typeOf: (dtype: Numbers["dtype"]) => Numbers["dtype"] = (dtype) => dtype,
  ): Loop =>
  ({ x }, attrs) =>
    along(x!, axesOf(attrs, x!.shape.length), attrs["keepDims"], typeOf(x!.dtype), (row) => f(row, x!.dtype));

const boolAsInt = (dtype: Numbers["dtype"]) => (dtype === "bool" ? "int32" : dtype);

/** The first place of the greatest or the smallest number; NaN counts as the infinity that is neither. */
const arg =
  (extreme: (...row: number[]) => number, loser: number): Loop =>
  ({ x }, attrs) =>
    along(x!, axesOf(attrs, x!.shape.length), false, "int32", (row) => {
      const numbers = row.map((value) => (Number.isNaN(value) ? loser : value));
      return numbers.indexOf(extreme(...numbers));
    });

/** The k greatest, the greatest first, of equals the first; NaN counts as −∞. */
const topK: Loop = ({ x }, { k }) => {
  const rank = x!.shape.length;
  const rows = placesOf(x!.shape.slice(0, -1)).map((outer) => {
    const row = Array.from({ length: x!.shape[rank - 1]! }, (_, i) => [at(x!, [...outer, i]), i] as const);
    const key = (value: number) => (Number.isNaN(value) ? -Infinity : value);
    return row.toSorted(([a, i], [b, j]) => (key(a) === key(b) ? i - j : key(b) > key(a) ? 1 : -1));
  });
  const shape = [...x!.shape.slice(0, -1), k as number];
  const pick = (part: 0 | 1) => (place: Place) =>
    rows[flatIndex(shape.slice(0, -1), place.slice(0, -1))]![place.at(-1)!]![part];
  return [tensorOf(shape, x!.dtype, pick(0)), tensorOf(shape, "int32", pick(1))];
};

const cumulative =
  (combine: (row: readonly number[], dtype: Numbers["dtype"]) => number): Loop =>
  ({ x }, attrs) => {
    const { exclusive, reverse } = attrs;
    const [axis] = axesOf(attrs, x!.shape.length) as [number];
    const counts = (i: number, j: number) => (exclusive ? i !== j : true) && (reverse ? j >= i : j <= i);
    return tensorOf(x!.shape, boolAsInt(x!.dtype), (place) =>
      combine(
        [...Array(x!.shape[axis]!).keys()]
          .filter((j) => counts(place[axis]!, j))
          .map((j) => at(x!, place.with(axis, j))),
        x!.dtype,
      ),
    );
  };

const product = (row: readonly number[], dtype: Numbers["dtype"]): number =>
  row.reduce((a, b) => times(dtype)(a, b), 1);

const softmax: Loop = ({ logits }) => {
  const row = (place: Place) =>
    placesOf([logits!.shape.at(-1)!]).map(([i]) => at(logits!, [...place.slice(0, -1), i!]));
  return tensorOf(logits!.shape, "float32", (place) => {
    const greatest = Math.max(...row(place));
    return Math.exp(at(logits!, place) - greatest) / sum(row(place).map((x) => Math.exp(x - greatest)));
  });
};

export const reduceLoops: Readonly<Record<string, Loop>> = {
  [tf.Sum]: reduction(sum, boolAsInt),
  [tf.Mean]: reduction(
    (row) => sum(row) / row.length,
    () => "float32",
  ),
  [tf.Prod]: reduction(product, boolAsInt),
  [tf.Max]: reduction((row) => Math.max(...row)),
  [tf.Min]: reduction((row) => Math.min(...row)),
  [tf.All]: reduction((row) => Number(row.every(Boolean))),
  [tf.Any]: reduction((row) => Number(row.some(Boolean))),
  [tf.ArgMax]: arg(Math.max, -Infinity),
  [tf.ArgMin]: arg(Math.min, Infinity),
  [tf.TopK]: topK,
  [tf.Cumsum]: cumulative(sum),
  [tf.Cumprod]: cumulative(product),
  [tf.Softmax]: softmax,
};
