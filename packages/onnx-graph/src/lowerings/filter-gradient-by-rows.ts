import type { MapShape } from "../graph/blocked-map.js";
import type { Graph } from "../graph/graph.js";
import { sizeOf, type Value } from "../graph/types.js";
import { blocked } from "./blocked.js";
import { asMap } from "./maps/map.js";
import { domain, padEnd, reorderOutput } from "./maps/reorder.js";
import { framed } from "./taps.js";
import type { Window } from "./window.js";

/**
 * The filter's gradient as one convolution in blocks whose channels are the rows of the maps, and whose filter is the
 * errors: the row of x that row i of the filter meets in row r of the output is channel r of "sample" i. Then
 *
 *     dW[i, j, c, o] = Σ_rq x_i[r, q · stride + j · dilation, c] · dy[r, q, o]
 *
 * where r runs over the rows of all samples. Its output is as wide as `x` has channels, so the registers are full, and
 * it reads x in tfjs's order: rows are its channels as they lie.
 */
export function filterGradientByRows(g: Graph, x: Value, dy: Value, window: Window): Value {
  const { kernel, strides, dilations, before, after } = window;
  const [columns, c, o] = [window.output[1], x.shape[3]!, dy.shape[3]!];
  const padded = framed(g, x, [before[0], 0], [after[0], Math.min(0, after[1])]);
  const count = rowsOf(g, dy);
  const numbers = Array.from({ length: kernel[0] * count }, (_, at) => [Math.floor(at / count), at % count] as const);
  const rows = rowsMet(g, padded, window, numbers, [kernel[0], count, padded.shape[2]!, c]);
  const attributes = {
    strides: [dilations[1], 1],
    dilations: [strides[1], 1],
    pads: [before[1], 0, Math.max(0, after[1]), 0],
  };
  const filter = errorsAsFilter(g, dy, [count, columns, 1]);
  const shape = [kernel[0], filter.shape[0]!, kernel[1], c];
  return reorderOutput(g, blocked(g, "Conv", [rows, filter], shape, { kernel_shape: [columns, 1], ...attributes }), o);
}

/**
 * The filter's gradient as one convolution, for few channels and neighbouring columns. As in `filterGradientByRows`,
 * rows of the maps are channels in blocks; but columns and channels are one axis, and the row that row i of the filter
 * meets is line i of a channel, so that all lines share what is read of the errors. The map's edges are padded before,
 * since a convolution is slow where its line meets them.
 */
export function filterGradientByLines(g: Graph, x: Value, dy: Value, window: Window): Value {
  const [kernel, [columns, c, o]] = [window.kernel, [window.output[1], x.shape[3]!, dy.shape[3]!]];
  const padded = framed(g, x, window.before, window.after);
  const count = rowsOf(g, dy);
  const numbers = Array.from({ length: count * kernel[0] }, (_, at) => [at % kernel[0], Math.floor(at / kernel[0])] as const); // prettier-ignore
  const rows = rowsMet(g, padded, window, numbers, [1, count, kernel[0], padded.shape[2]! * c]);
  const attributes = { strides: [1, 1], dilations: [1, window.strides[1] * c], pads: [0, 0, 0, 0] };
  const filter = errorsAsFilter(g, dy, [count, 1, columns]);
  const shape = [1, filter.shape[0]!, kernel[0], kernel[1] * c];
  const dw = blocked(g, "Conv", [rows, filter], shape, { kernel_shape: [1, columns], ...attributes });
  return g.reshape(reorderOutput(g, dw, o), [...kernel, c, o]);
}

/** Rows of the output over all samples, up to whole blocks: the last ones are errors of zero. */
const rowsOf = (g: Graph, { shape: [n, p] }: Value): number => Math.ceil((n! * p!) / g.target.block) * g.target.block;

/**
 * The rows that the filter meets, in blocks of `shape`, whose channels are rows of the output.
 *
 * @param numbers - of each row its row of the filter, and of the output
 */
function rowsMet(
  g: Graph,
  padded: Value,
  { strides, dilations, output }: Window,
  numbers: readonly (readonly [i: number, r: number])[],
  shape: MapShape,
): Value {
  const [n, h, w, c] = padded.shape as MapShape;
  const places = numbers.map(([i, r]) => {
    const [sample, row] = [Math.floor(r / output[0]), r % output[0]];
    return sample < n ? sample * h + row * strides[0] + i * dilations[0] : 0;
  });
  const all = g.reshape(padded, [n * h, w * c]);
  const met = g.node("Gather", [all, g.constant("int32", places)], { shape: [places.length, w * c] }, { axis: 0 });
  return g.node("ReorderInput", [g.reshape(met, shape)], { shape }, { domain });
}

/**
 * [out / block, rows / block, columns, row of a block, out of a block], told as [out, ...shape]: rows, height, width
 */
function errorsAsFilter(g: Graph, dy: Value, shape: readonly [rows: number, height: number, width: number]): Value {
  const [n, p, q] = dy.shape as MapShape;
  const { block } = g.target;
  const value = asMap(g, dy, dy.shape as MapShape).value();
  const outs = value.shape[1]! / block;
  const cells = sizeOf([n, outs, p, q]);
  const places = placesOf(outs, [n, p, q], shape[0], block);
  const zeros = shape[0] > n * p ? 1 : 0; // what rows that are none are made of
  const source = padEnd(g, g.reshape(value, [cells, block]), [cells + zeros, block]);
  const inputs = [source, g.constant("int32", places)];
  return g.reshape(g.node("Gather", inputs, { shape: [places.length, block] }, { axis: 0 }), [outs * block, ...shape]);
}

/** Where each cell of the filter lies in blocks [n, outs, p, q]: after them for rows that are none. */
function placesOf(outs: number, [n, p, q]: readonly [number, number, number], count: number, block: number): number[] {
  const places: number[] = [];
  for (let o = 0; o < outs; o++)
    for (let first = 0; first < count; first += block)
      for (let column = 0; column < q; column++)
        for (let r = first; r < first + block; r++)
          places.push(r < n * p ? ((Math.floor(r / p) * outs + o) * p + (r % p)) * q + column : n * outs * p * q);
  return places;
}
