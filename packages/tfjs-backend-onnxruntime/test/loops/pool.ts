import * as tf from "@tensorflow/tfjs-core";
import type { Attrs, Loop } from "./elementwise.js";
import {
  applied,
  at,
  flatIndex,
  placesOf,
  sum,
  tensorOf,
  transposed,
  type Numbers,
  type Place,
  type Term,
} from "./numbers.js";
import { cellsAt, windowOf } from "./window.js";

type Shape = readonly number[];

/** The output's shape, and the cells of the map in the window of a place. Maps are [batch, …sides, channels]. */
function pooling(x: Shape, attrs: Attrs): { shape: Shape; cells(place: Place): Place[] } {
  const sides = x.slice(1, -1);
  const window = windowOf(sides, attrs["filterSize"], attrs["strides"], attrs);
  return {
    shape: [x[0]!, ...window.output, x.at(-1)!],
    cells: (place) => cellsAt(window, sides, place.slice(1, -1)).map(({ on }) => [place[0]!, ...on, place.at(-1)!]),
  };
}

/** The greatest cell; NaN is passed over, but where a window on a plane is one cell, it is that cell. */
const maxPool: Loop = ({ x }, attrs) => {
  const { shape, cells } = pooling(x!.shape, attrs);
  const isCell =
    shape.length === 4 && [attrs["filterSize"]].flat().every((side) => side === 1) && shape.join() === x!.shape.join();
  return tensorOf(shape, "float32", (place) => {
    if (isCell) return at(x!, place);
    const numbers = cells(place).map((cell) => at(x!, cell));
    return Math.max(-Infinity, ...numbers.filter((value) => !Number.isNaN(value)));
  });
};

/** The first greatest cell of a window; NaN and −∞ are none. */
const greatest = (x: Numbers, cells: readonly Place[]): Place | undefined =>
  cells.reduce<Place | undefined>(
    (best, cell) => (at(x, cell) > (best ? at(x, best) : -Infinity) ? cell : best),
    undefined,
  );

/** The greatest cells, and their places, counted row by row in the image or in the batch; −1 where there is none. */
const maxPoolWithArgmax: Loop = ({ x }, attrs) => {
  const { shape, cells } = pooling(x!.shape, attrs);
  const first = (place: Place) => greatest(x!, cells(place));
  const places = tensorOf(shape, "int32", (place) => {
    const cell = first(place);
    return cell ? flatIndex(x!.shape, attrs["includeBatchInIndex"] ? cell : cell.with(0, 0)) : -1;
  });
  const values = tensorOf(shape, x!.dtype, (place) => {
    const cell = first(place);
    return cell ? at(x!, cell) : -Infinity;
  });
  return [values, places];
};

/** Each error goes to the first greatest cell of its window. */
const maxPoolGradient: Loop = ({ dy, input }, attrs) => {
  const { cells } = pooling(input!.shape, attrs);
  const terms = placesOf(dy!.shape).flatMap((place): Term[] => {
    const cell = greatest(input!, cells(place));
    return cell ? [[flatIndex(dy!.shape, place), flatIndex(input!.shape, cell), 1]] : [];
  });
  return applied(terms, dy!, input!.shape);
};

/** The mean of the cells that lie on the map: padding does not count. */
function means(x: Shape, attrs: Attrs): { shape: Shape; terms: Term[] } {
  const { shape, cells } = pooling(x, attrs);
  const terms = placesOf(shape).flatMap((place) => {
    const inside = cells(place);
    return inside.map((cell): Term => [flatIndex(x, cell), flatIndex(shape, place), 1 / inside.length]);
  });
  return { shape, terms };
}

/** Not from the terms, in which 0 · ∞ would be NaN where another channel has it. */
const avgPool: Loop = ({ x }, attrs) => {
  const { shape, cells } = pooling(x!.shape, attrs);
  return tensorOf(shape, "float32", (place) => {
    const numbers = cells(place).map((cell) => at(x!, cell));
    return sum(numbers) / numbers.length;
  });
};

const avgPoolGradient: Loop = ({ dy, input }, attrs): Numbers => applied(transposed(means(input!.shape, attrs).terms), dy!, input!.shape); // prettier-ignore

export const poolLoops: Readonly<Record<string, Loop>> = {
  [tf.MaxPool]: maxPool,
  [tf.MaxPoolWithArgmax]: maxPoolWithArgmax,
  [tf.AvgPool]: avgPool,
  [tf.MaxPoolGrad]: maxPoolGradient,
  [tf.AvgPoolGrad]: avgPoolGradient,
  [tf.MaxPool3D]: maxPool,
  [tf.AvgPool3D]: avgPool,
  [tf.MaxPool3DGrad]: maxPoolGradient,
  [tf.AvgPool3DGrad]: avgPoolGradient,
};
