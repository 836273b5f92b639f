import * as tf from "@tensorflow/tfjs-core";
import type { Attrs, Loop } from "./elementwise.js";
import { applied, at, flatIndex, placesOf, tensorOf, type Numbers, type Place, type Term } from "./numbers.js";
import { cellsAt, windowOf } from "./window.js";

/** A cell of the map that a window sees, and the cell of the filter that lies on it. */
interface Seen {
  readonly on: Place;
  readonly cell: Place;
}

/** The result's shape, and what the window sees for each place of it. Maps are [batch, height, width, channels]. */
function windows(x: Numbers, filter: Numbers, attrs: Attrs): { shape: number[]; seen(place: Place): Seen[] } {
  const [batch, ...rest] = x.shape as [number, ...number[]];
  const [sides, channels] = [rest.slice(0, 2), rest[2]!];
  const window = windowOf(sides, filter.shape.slice(0, 2), attrs["strides"], attrs);
  return {
    shape: [batch, ...window.output, channels],
    seen: (place) => {
      const [b, c] = [place[0]!, place[3]!];
      return cellsAt(window, sides, place.slice(1, 3)).map(({ on, cell }) => ({
        on: [b, ...on, c],
        cell: [...cell, c],
      }));
    },
  };
}

/** max_j x[p · stride + j · dilation − before] + filter[j]; NaN is passed over, as in max pooling. */
const dilated: Loop = ({ x, filter }, attrs) => {
  const { shape, seen } = windows(x!, filter!, attrs);
  return tensorOf(shape, x!.dtype, (place) => {
    const sums = seen(place).map(({ on, cell }) => at(x!, on) + at(filter!, cell));
    return Math.max(-Infinity, ...sums.filter((sum) => !Number.isNaN(sum)));
  });
};

/**
 * Each error goes to what the first greatest sum is made of, to the map's part or the filter's; NaN and −∞ are none.
 */
const gradient =
  (of: "x" | "filter"): Loop =>
  ({ x, filter, dy }, attrs) => {
    const { seen } = windows(x!, filter!, attrs);
    const sumOf = ({ on, cell }: Seen) => at(x!, on) + at(filter!, cell);
    const to = of === "x" ? x! : filter!;
    const terms = placesOf(dy!.shape).flatMap((place): Term[] => {
      const greatest = seen(place).reduce<Seen | undefined>(
        (best, one) => (sumOf(one) > (best ? sumOf(best) : -Infinity) ? one : best),
        undefined,
      );
      if (!greatest) return [];
      return [[flatIndex(dy!.shape, place), flatIndex(to.shape, of === "x" ? greatest.on : greatest.cell), 1]];
    });
    return applied(terms, dy!, to.shape);
  };

export const dilationLoops: Readonly<Record<string, Loop>> = {
  [tf.Dilation2D]: dilated,
  [tf.Dilation2DBackpropInput]: gradient("x"),
  [tf.Dilation2DBackpropFilter]: gradient("filter"),
};
