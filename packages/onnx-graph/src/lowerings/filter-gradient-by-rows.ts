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
  const { kernel, strides, dilations } = window;
  const [columns, c, o] = [window.output[1], x.shape[3]!, dy.shape[3]!];
  const rows = rowsMet(g, x, window);
  const errors = errorsAsFilter(g, dy, rows.shape[1]!);
  const attributes = {
    kernel_shape: [columns, 1],
    strides: [dilations[1], 1],
    dilations: [strides[1], 1],
    pads: [window.before[1], 0, Math.max(0, window.after[1]), 0],
  };
  const dw = blocked(g, "Conv", [rows, errors], [kernel[0], errors.shape[0]!, kernel[1], c], attributes);
  return reorderOutput(g, dw, o);
}

/** For each row of the filter the rows of x that it meets, in blocks: [filter's height, rows, columns, channels]. */
function rowsMet(g: Graph, x: Value, { kernel, strides, dilations, before, after, output }: Window): Value {
  const padded = framed(g, x, [before[0], 0], [after[0], Math.min(0, after[1])]);
  const [n, h, w, c] = padded.shape as MapShape;
  const count = Math.ceil((n * output[0]) / g.target.block) * g.target.block; // the last ones meet errors of zero
  const numbers = Array.from({ length: kernel[0] * count }, (_, at) => {
    const [i, r] = [Math.floor(at / count), at % count];
    const [sample, row] = [Math.floor(r / output[0]), r % output[0]];
    return sample < n ? sample * h + row * strides[0] + i * dilations[0] : 0;
  });
  const all = g.reshape(padded, [n * h, w * c]);
  const met = g.node("Gather", [all, g.constant("int32", numbers)], { shape: [numbers.length, w * c] }, { axis: 0 });
  const shape = [kernel[0], count, w, c];
  return g.node("ReorderInput", [g.reshape(met, shape)], { shape }, { domain });
}

/** [out / block, rows / block, columns, row of a block, out of a block], as [out, rows, columns, 1] */
function errorsAsFilter(g: Graph, dy: Value, count: number): Value {
  const [n, p, q] = dy.shape as MapShape;
  const { block } = g.target;
  const value = asMap(g, dy, dy.shape as MapShape).value();
  const outs = value.shape[1]! / block;
  const samples = g.reshape(value, [n, outs, p * q * block]);
  const shape = [outs, n, p * q * block];
  const ordered = n === 1 || outs === 1 ? samples : g.node("Transpose", [samples], { shape }, { perm: [1, 0, 2] });
  const full = padEnd(g, g.reshape(ordered, [outs, n * p, q * block]), [outs, count, q * block]);
  const cut = g.reshape(full, [sizeOf([outs, count]) / block, block, q, block]);
  const turned = { shape: [cut.shape[0]!, q, block, block] };
  const blocks = g.node("Transpose", [cut], turned, { perm: [0, 2, 1, 3] });
  return g.reshape(blocks, [outs * block, count, q, 1]);
}
