import type { Graph, NodeAttributes } from "../graph/graph.js";
import { sizeOf, type Value } from "../graph/types.js";
import { enoughChannels, isSmall, zeros } from "./conv.js";
import { filterGradientByLines, filterGradientByRows } from "./filter-gradient-by-rows.js";
import { transposedProduct } from "./long-product.js";
import { framed, taps } from "./taps.js";
import { both, isPointwise, padsOf, type Window } from "./window.js";

/**
 * dW[i, j, c, o] = Σ_bpq x[b, p · stride + i · dilation − pad, …, c] · dy[b, p, q, o]: one convolution where maps stay
 * in blocks; else one product of matrices a cell of the filter, or, where few channels would make these thin, one
 * convolution with the errors as the filter.
 */
export function filterGradient(g: Graph, x: Value, dy: Value, window: Window): Value {
  const [c, o] = [x.shape[3]!, dy.shape[3]!];
  const [kh, kw] = window.kernel;
  if (kh * kw > 1 && readsSome(window)) {
    const staysInBlocks = g.maps && !isSmall(g, sizeOf(dy.shape) / o);
    if (staysInBlocks && c >= enoughChannels) return filterGradientByRows(g, x, dy, window);
    if (staysInBlocks && window.dilations[1] === 1) return filterGradientByLines(g, x, dy, window);
    if (c < enoughChannels) return byErrors(g, x, dy, window);
  }
  const errors = g.reshape(dy, [sizeOf(dy.shape) / o, o]);
  const maps = isPointwise(window) ? [g.reshape(x, [sizeOf(x.shape) / c, c])] : taps(g, x, window);
  const parts = maps.map((map) => (map ? transposedProduct(g, map, errors) : zeros(g, [c, o])));
  const dw = parts.length === 1 ? parts[0]! : g.node("Concat", parts, { shape: [kh * kw * c, o] }, { axis: 0 });
  return g.reshape(dw, [kh, kw, c, o]);
}

/** Channels as the batch, the batch as channels: what is left of each map when the errors have passed over it. */
function byErrors(g: Graph, x: Value, dy: Value, window: Window): Value {
  const read = whatIsRead(g, x, window);
  const [n, h, w, c] = read.shape as [number, number, number, number];
  const o = dy.shape[3]!;
  const maps = g.node("Transpose", [read], { shape: [c, n, h, w] }, { perm: [3, 0, 1, 2] });
  const errors = g.node("Transpose", [dy], { shape: [o, n, ...window.output] }, { perm: [3, 0, 1, 2] });
  const dw = g.node("Conv", [maps, errors], { shape: [c, o, ...window.kernel] }, exchanged(window));
  return g.node("Transpose", [dw], { shape: [...window.kernel, c, o] }, { perm: [2, 3, 0, 1] });
}

/**
 * Attributes of the convolution whose filter is the errors and whose output is the filter: strides and dilations change
 * places.
 */
export const exchanged = (window: Window): NodeAttributes => ({
  kernel_shape: window.output,
  strides: window.dilations,
  dilations: window.strides,
  pads: padsOf(window),
});

/** The map without the last rows and columns where no window reads them. */
export const whatIsRead = (g: Graph, x: Value, { after }: Window): Value =>
  framed(g, x, [0, 0], both((i) => Math.min(0, after[i]))); // prettier-ignore

/** Whether windows read anything but the zeros before the map. */
export const readsSome = ({ input, after }: Window): boolean => both((i) => input[i] + after[i]).every((n) => n > 0);
