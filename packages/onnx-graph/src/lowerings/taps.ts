import type { Graph } from "../graph/graph.js";
import { sizeOf, type Value } from "../graph/types.js";
import { both, type Pair, type Window } from "./window.js";

/**
 * What each cell of the filter meets: for cell (i, j) the part of `x` [batch, height, width, channels] that it is
 * multiplied with, [batch · output height · output width, channels]; row by row of the filter. Nothing for cells that
 * meet only zeros around the map.
 */
export function taps(g: Graph, x: Value, window: Window): (Value | undefined)[] {
  const { kernel, dilations, before, strides, input, output } = window;
  const meets = (cell: Pair) =>
    [0, 1].every((axis) => {
      const first = cell[axis]! * dilations[axis]! - before[axis]!; // the row that the first window meets
      const next = first < 0 ? Math.ceil(-first / strides[axis]!) : 0; // the first window that meets one inside
      return next < output[axis]! && first + next * strides[axis]! < input[axis]!;
    });
  const padded = framed(
    g,
    x,
    window.before,
    both((i) => Math.max(0, window.after[i])),
  );
  return cells(kernel).map(([i, j]) => {
    if (!meets([i, j])) return undefined;
    const tap = pick(g, padded, [i * dilations[0], j * dilations[1]], window);
    return g.reshape(tap, [sizeOf(tap.shape) / tap.shape[3]!, tap.shape[3]!]);
  });
}

/** The cells of a filter, row by row. */
export const cells = ([height, width]: Pair): Pair[] =>
  Array.from({ length: height * width }, (_, cell) => [Math.floor(cell / width), cell % width] as const);

/** The map with zeros (or `value`) around it; fewer than none: with rows or columns cut off. */
export function framed(g: Graph, x: Value, before: Pair, after: Pair, value?: Value): Value {
  if ([...before, ...after].every((n) => n === 0)) return x;
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const pads = g.constant("int64", [0, ...before, 0, 0, ...after, 0]);
  const shape = [n, h + before[0] + after[0], w + before[1] + after[1], c];
  return g.node("Pad", [x, pads, value], { shape });
}

/** Every `strides`-th cell from `start` on, as many as the window has outputs. */
function pick(g: Graph, x: Value, start: Pair, { strides, output }: Window): Value {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  if (strides[0] === 1 && strides[1] === 1 && h === output[0] && w === output[1]) return x;
  const end = both((i) => start[i] + (output[i] - 1) * strides[i] + 1);
  const inputs = [start, end, [1, 2], strides].map((numbers) => g.constant("int64", numbers));
  return g.node("Slice", [x, ...inputs], { shape: [n, ...output, c] });
}
