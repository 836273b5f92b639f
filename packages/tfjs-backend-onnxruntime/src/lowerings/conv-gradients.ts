import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { sizeOf, type Value } from "../graph/types.js";
import { convWindow, enoughChannels, fewCells, inBlocks, sumOfProducts } from "./conv.js";
import { areFloats, lowering, type Inputs, type Lowering } from "./lowering.js";
import { matMul } from "./mat-mul.js";
import { cells, framed, taps } from "./taps.js";
import { both, isPointwise, padsOf, type Pair, type Window } from "./window.js";

/** The convolution with a filter turned by half, in and out channels swapped, that is a stride 1 convolution's input gradient. */
export function turned(window: Window): Window {
  const { kernel, dilations, before, after, input, output } = window;
  const reach = both((i) => dilations[i] * (kernel[i] - 1));
  return {
    ...window,
    before: both((i) => reach[i] - before[i]),
    after: both((i) => reach[i] - after[i]),
    input: output,
    output: input,
  };
}

/** The filter's cells in opposite order: [height, width, ...rest] → the same. */
export function turnedFilter(g: Graph, filter: Value): Value {
  const [kh, kw, ...rest] = filter.shape as [number, number, ...number[]];
  const rows = g.reshape(filter, [kh * kw, sizeOf(rest)]);
  const order = g.constant("int64", [...cells([kh, kw]).keys()].reverse());
  return g.reshape(g.node("Gather", [rows, order], { shape: rows.shape }, { axis: 0 }), filter.shape);
}

/** Convolutions of stride 1 whose turned window needs no fewer than zero rows around the map. */
const canTurn = (window: Window): boolean => {
  const { before, after } = turned(window);
  return window.strides.every((stride) => stride === 1) && [...before, ...after].every((n) => n >= 0);
};

/** dx: the gradient of a convolution by its input, of shape `shape`. */
export function inputGradient(g: Graph, dy: Value, filter: Value, window: Window): Value {
  const [n, , , o] = dy.shape as [number, number, number, number];
  const [kh, kw, c] = filter.shape as [number, number, number];
  if (kh * kw === 1 && window.before.every((n) => n === 0)) return spreadProduct(g, dy, filter, window);
  if (!canTurn(window) || o < enoughChannels) return transposedConvolution(g, dy, filter, window);
  if (n * window.input[0] * window.input[1] <= fewCells)
    return sumOfProducts(g, dy, turnedFilter(g, filter), turned(window), true);
  if (g.block === 1) return transposedConvolution(g, dy, filter, window);
  const cut = g.reshape(turnedFilter(g, filter), [kh * kw, c, o]);
  const swapped = g.node("Transpose", [cut], { shape: [kh * kw, o, c] }, { perm: [0, 2, 1] }); // apart: a copy of blocks follows
  return inBlocks(g, dy, g.reshape(swapped, [kh, kw, o, c]), turned(window));
}

function transposedConvolution(g: Graph, dy: Value, filter: Value, window: Window): Value {
  const [n, p, q, o] = dy.shape as [number, number, number, number];
  const [kh, kw, c] = filter.shape as [number, number, number];
  const { kernel, strides, dilations, after, input } = window;
  const maps = g.node("Transpose", [dy], { shape: [n, o, p, q] }, { perm: [0, 3, 1, 2] });
  const weights = g.node("Transpose", [filter], { shape: [o, c, kh, kw] }, { perm: [3, 2, 0, 1] });
  const dx = g.node("ConvTranspose", [maps, weights], { shape: [n, c, ...input] }, {
    kernel_shape: kernel,
    strides,
    dilations,
    pads: padsOf(window),
    output_padding: both((i) => Math.max(0, -after[i])), // rows that no window has read
  }); // prettier-ignore
  return g.node("Transpose", [dx], { shape: [n, ...input, c] }, { perm: [0, 2, 3, 1] });
}

/** 1 × 1 filters: the product, zeros between its cells where the stride left some out. */
function spreadProduct(g: Graph, dy: Value, filter: Value, { strides, input }: Window): Value {
  const [n, p, q, o] = dy.shape as [number, number, number, number];
  const c = filter.shape[2]!;
  const rows = matMul(g, g.reshape(dy, [n * p * q, o]), g.reshape(filter, [c, o]), { transposeB: true });
  const cells = spread(g, g.reshape(rows, [n, p, q, c]), strides);
  const missing = both((i) => input[i] - cells.shape[i + 1]!);
  return framed(g, cells, [0, 0], missing);
}

/** `strides` − 1 zeros between neighbouring cells. */
export function spread(g: Graph, x: Value, [sh, sw]: Pair): Value {
  if (sh * sw === 1) return x;
  const [n, p, q, c] = x.shape as [number, number, number, number];
  const pads = g.constant("int64", [0, 0, 0, 0, 0, 0, 0, 0, sh - 1, 0, sw - 1, 0]);
  const cells = g.node("Pad", [g.reshape(x, [n, p, 1, q, 1, c]), pads], { shape: [n, p, sh, q, sw, c] });
  return framed(g, g.reshape(cells, [n, p * sh, q * sw, c]), [0, 0], [1 - sh, 1 - sw]);
}

/**
 * dW[i, j, c, o] = Σ_bpq x[b, p · stride + i · dilation − pad, …, c] · dy[b, p, q, o]: one product of matrices a cell of the
 * filter, or, with few channels, one for all of them side by side.
 */
export function filterGradient(g: Graph, x: Value, dy: Value, window: Window): Value {
  const [, , , c] = x.shape as [number, number, number, number];
  const o = dy.shape[3]!;
  const errors = g.reshape(dy, [sizeOf(dy.shape) / o, o]);
  const [kh, kw] = window.kernel;
  const maps = isPointwise(window) ? [g.reshape(x, [sizeOf(x.shape) / c, c])] : taps(g, x, window);
  const product = (tap: Value) => matMul(g, tap, errors, { transposeA: true });
  if (maps.length === 1) return g.reshape(product(maps[0]!), [kh, kw, c, o]);
  const joined = c < enoughChannels;
  const parts = joined
    ? product(g.node("Concat", maps, { shape: [errors.shape[0]!, kh * kw * c] }, { axis: 1 }))
    : g.node("Concat", maps.map(product), { shape: [kh * kw * c, o] }, { axis: 0 }); // prettier-ignore
  return g.reshape(parts, [kh, kw, c, o]);
}

const inputMacs = ([dy, filter]: Inputs): number => sizeOf(dy!.shape) * (sizeOf(filter!.shape) / filter!.shape[3]!);
const filterMacs = ([, dy]: Inputs, [dw]: readonly Value[]): number =>
  sizeOf(dy!.shape) * (sizeOf(dw!.shape) / dw!.shape[3]!);

export const convGradients: readonly Lowering[] = [
  lowering<tf.Conv2DBackpropInputAttrs>({
    kernel: tf.Conv2DBackpropInput,
    inputs: ["dy", "filter"],
    work: inputMacs,
    lower(g, [dy, filter], attrs) {
      const window = areFloats(dy!, filter!) && convWindow(attrs.inputShape, filter!.shape, { dilations: 1, ...attrs });
      return window ? inputGradient(g, dy!, filter!, window) : undefined;
    },
  }),
  lowering<tf.Conv2DBackpropFilterAttrs>({
    kernel: tf.Conv2DBackpropFilter,
    inputs: ["x", "dy"],
    work: filterMacs,
    lower(g, [x, dy], attrs) {
      const window = areFloats(x!, dy!) && convWindow(x!.shape, attrs.filterShape, { dilations: 1, ...attrs });
      return window ? filterGradient(g, x!, dy!, window) : undefined;
    },
  }),
];
