import * as tf from "@tensorflow/tfjs-core";
import type { Loop } from "./elementwise.js";
import { at, flatIndex, placesOf, sizeOf, sum, tensorOf, type Numbers } from "./numbers.js";

const range = (n: number): number[] => [...Array(n).keys()];
const rowOf = (x: Numbers, i: number): number[] => range(x.shape[1]!).map((axis) => at(x, [i, axis]));

/** The default everywhere but at the indices, [n, rank], [n] or one; of equal indices the last counts. */
const sparseToDense: Loop = ({ sparseIndices, sparseValues, defaultValue }, { outputShape }) => {
  const shape = outputShape as number[];
  const count = sparseIndices!.shape[0] ?? 1;
  const places = range(count).map((i) => sparseIndices!.values.slice(i * shape.length, (i + 1) * shape.length).join());
  return tensorOf(shape, sparseValues!.dtype, (place) => {
    const last = places.lastIndexOf(place.join());
    return last < 0 ? defaultValue!.values[0]! : sparseValues!.values[sparseValues!.shape.length === 0 ? 0 : last]!;
  });
};

/**
 * Rows without an entry get one in their first column. Entries row by row; whether rows were empty; where each entry
 * went.
 */
const fillEmptyRows: Loop = ({ indices, values, denseShape, defaultValue }) => {
  const [count, rank] = indices!.shape as [number, number];
  const rows = range(denseShape!.values[0]!);
  const entriesOf = (row: number) => range(count).filter((i) => at(indices!, [i, 0]) === row);
  const filled = rows.flatMap((row): { place: number[]; value: number; from?: number }[] => {
    const entries = entriesOf(row).map((from) => ({
      place: rowOf(indices!, from),
      value: values!.values[from]!,
      from,
    }));
    if (entries.length > 0) return entries;
    return [{ place: [row, ...new Array<number>(rank - 1).fill(0)], value: defaultValue!.values[0]! }];
  });
  return [
    tensorOf([filled.length, rank], "int32", ([i, axis]) => filled[i!]!.place[axis!]!),
    tensorOf([filled.length], values!.dtype, ([i]) => filled[i!]!.value),
    tensorOf([rows.length], "bool", ([row]) => Number(entriesOf(row!).length === 0)),
    tensorOf([count], "int32", ([i]) => filled.findIndex(({ from }) => from === i)),
  ];
};

/** The same entries, counted row by row in another shape, of which one side may be left open as −1. */
const reshape: Loop = ({ inputIndices, inputShape, newShape }) => {
  const from = inputShape!.values;
  const known = sizeOf(newShape!.values.filter((side) => side >= 0));
  const to = newShape!.values.map((side) => (side >= 0 ? side : sizeOf(from) / known));
  const places = placesOf(to);
  return [
    tensorOf([inputIndices!.shape[0]!, to.length], "int32", ([i, axis]) => places[flatIndex(from, rowOf(inputIndices!, i!))]![axis!]!), // prettier-ignore
    tensorOf([to.length], "int32", ([axis]) => to[axis!]!),
  ];
};

/** Of the rows that the indices name, those of one segment are added up, or their mean is taken. */
const segments =
  (combine: (column: number[]) => number): Loop =>
  ({ data, indices, segmentIds }) => {
    const count = segmentIds!.values.length === 0 ? 0 : segmentIds!.values.at(-1)! + 1;
    return tensorOf([count, ...data!.shape.slice(1)], data!.dtype, ([segment, ...rest]) => {
      const own = range(segmentIds!.values.length).filter((i) => segmentIds!.values[i] === segment);
      return own.length === 0 ? 0 : combine(own.map((i) => at(data!, [indices!.values[i]!, ...rest])));
    });
  };

export const sparseLoops: Readonly<Record<string, Loop>> = {
  [tf.SparseToDense]: sparseToDense,
  [tf.SparseFillEmptyRows]: fillEmptyRows,
  [tf.SparseReshape]: reshape,
  [tf.SparseSegmentSum]: segments(sum),
  [tf.SparseSegmentMean]: segments((column) => sum(column) / column.length),
};
