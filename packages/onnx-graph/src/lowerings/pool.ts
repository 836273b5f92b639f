import * as tf from "@tensorflow/tfjs-core";
import { averageFactors } from "./average-factors.js";
import type { Graph } from "../graph/graph.js";
import { sizeOf, type Value } from "../graph/types.js";
import { blocked, fromBlocks, toBlocks } from "./blocked.js";
import { channelsFirst, channelsLast, mapOfChannelsFirst } from "./channels-first.js";
import { zeros } from "./conv.js";
import { spread, turned } from "./conv-input-gradient.js";
import { areFloats, lowering, type Lowering } from "./lowering.js";
import { onMaps } from "./maps/elementwise.js";
import { sumAlong } from "./sums.js";
import { framed } from "./taps.js";
import { both, padsFor, padsOf, windowOf, type Window } from "./window.js";

type Attrs = Pick<tf.MaxPoolAttrs, "filterSize" | "strides" | "pad"> & {
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
};

/** Channels from which a map is worth arranging in blocks. */
const enoughChannels = 4;

/** The window of a gradient; ONNX knows none that ends outside, as tfjs rounds sizes up or to the nearest. */
const gradientWindow = (x: Value, attrs: Attrs): Window | undefined =>
  (attrs.dimRoundingMode ?? "floor") === "floor" ? poolWindow(x, attrs) : undefined;

function poolWindow(x: Value, { filterSize, strides, pad, dimRoundingMode }: Attrs): Window | undefined {
  if (x.shape.length !== 4 || !areFloats(x)) return undefined;
  const shape = x.shape as [number, number, number, number];
  const window = windowOf(tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode));
  const outside = window && padsOf(window).some((n, i) => n >= window.kernel[i % 2]!); // ONNX pools no zeros alone
  return outside ? undefined : window;
}

const attributesOf = (g: Graph, window: Window) => ({
  kernel_shape: window.kernel,
  strides: window.strides,
  pads: padsFor(g.target, window),
});

type Op = "MaxPool" | "AveragePool";

function pool(
  g: Graph,
  op: Op,
  x: Value,
  window: Window,
  attributes: { readonly count_include_pad?: number } = {},
): Value {
  const [n, , , c] = x.shape as [number, number, number, number];
  const all = { ...attributesOf(g, window), ...attributes };
  if (g.target.block > 1 && c >= enoughChannels) {
    const map = toBlocks(g, x);
    return fromBlocks(g, blocked(g, op, [map], [n, map.shape[1]!, ...window.output], all), c);
  }
  return channelsLast(g, g.node(op, [channelsFirst(g, x)], { shape: [n, c, ...window.output] }, all));
}

/** What MaxPool in blocks gives for a window of −∞. */
const lowest = -3.4028234663852886e38;

/** The greatest cell of each window; NaN is none, and a window without one gives −∞. */
function maxPool(g: Graph, x: Value, window: Window): Value {
  if (windowIsCell(window)) return g.node("Identity", [x], { shape: x.shape });
  return onCells(g, pool(g, "MaxPool", withoutNaN(g, x), window), (y) => {
    const isFound = g.node("Greater", [y, g.constant("float32", [lowest], [])], { shape: y.shape, type: "bool" });
    return g.node("Where", [isFound, y, g.constant("float32", [-Infinity], [])], { shape: y.shape, type: "float32" });
  });
}

/** What `of` makes of each cell, in blocks if the map is known so. */
const onCells = (g: Graph, x: Value, of: (x: Value) => Value): Value =>
  onMaps(g, tf.MaxPool, [x], x.shape, ([row]) => of(row!)) ?? of(x);

/**
 * Cells from which windows that tile a map are averaged by sums, block by block; ONNX Runtime adds one after the other.
 */
const manyCells = 256;

/** The mean of the cells that lie on the map. */
function averagePool(g: Graph, x: Value, window: Window): Value {
  const { kernel, strides, input, output } = window;
  const isTiled = (i: 0 | 1) => input[i] === output[i] * kernel[i] && (output[i] === 1 || kernel[i] === strides[i]);
  if (g.target.portable || !(isTiled(0) && isTiled(1)) || kernel[0] * kernel[1] < manyCells)
    return pool(g, "AveragePool", x, window, { count_include_pad: 0 });
  const [n, , w, c] = x.shape as [number, number, number, number];
  const [rows, columns] = output;
  const strips = sumAlong(g, g.reshape(x, [n * rows, kernel[0], w * c]), 1);
  const sums = sumAlong(g, g.reshape(strips, [n * rows * columns, kernel[1], c]), 1);
  const cells = g.constant("float32", [kernel[0] * kernel[1]], []);
  return g.reshape(g.node("Div", [sums, cells], sums), [n, rows, columns, c]);
}

const windowIsCell = ({ kernel, input, output }: Window): boolean =>
  both((i) => Math.abs(kernel[i] - 1) + Math.abs(input[i] - output[i])).every((n) => n === 0);

/** ONNX Runtime keeps a NaN that it meets first: −∞ instead. */
function withoutNaN(g: Graph, x: Value): Value {
  return onCells(g, x, (y) => {
    const isNaN = g.node("IsNaN", [y], { shape: y.shape, type: "bool" });
    return g.node("Where", [isNaN, g.constant("float32", [-Infinity], []), y], { shape: y.shape, type: "float32" });
  });
}

/** Each error goes to the first greatest cell of its window; windows without one have nowhere to send it. */
function maxPoolGradient(g: Graph, dy: Value, x: Value, window: Window): Value {
  const maps = channelsFirst(g, withoutNaN(g, x));
  const errors = channelsFirst(g, dy);
  const outs = [{ shape: errors.shape }, { shape: errors.shape, type: "int64" }] as const;
  const [greatest, places] = g.nodes("MaxPool", [maps], outs, attributesOf(g, window)) as [Value, Value];
  const none = g.constant("float32", [0], []);
  const isFound = g.node("Greater", [greatest, g.constant("float32", [lowest], [])], { ...outs[0], type: "bool" });
  const sent = g.node("Where", [isFound, errors, none], { ...outs[0], type: "float32" });
  const row = [sizeOf(dy.shape)];
  const size = sizeOf(x.shape);
  const inputs = [zeros(g, [size]), g.reshape(places, row), g.reshape(sent, row)];
  const dx = g.node("ScatterElements", inputs, { shape: [size] }, { axis: 0, reduction: "add" });
  return mapOfChannelsFirst(g, g.reshape(dx, maps.shape));
}

/**
 * Each cell gets its share of the errors of all windows that it is in: of each, one part in as many as it has cells.
 */
function averagePoolGradient(g: Graph, dy: Value, window: Window, factors: readonly number[]): Value {
  const back = turned(window);
  const shares = factors.every((factor) => factor === 1)
    ? dy
    : g.node("Mul", [dy, g.constant("float32", factors, [1, ...window.output, 1])], { shape: dy.shape });
  const errors = framed(g, spread(g, shares, window.strides), back.before, back.after);
  const input = [errors.shape[1]!, errors.shape[2]!] as const;
  const moved: Window = { ...back, strides: [1, 1], before: [0, 0], after: [0, 0], input };
  return pool(g, "AveragePool", errors, moved, { count_include_pad: 1 });
}

export const pools: readonly Lowering[] = [
  lowering<Attrs>({
    kernel: tf.MaxPool,
    inputs: ["x"],
    lower(g, [x], attrs) {
      const window = poolWindow(x!, attrs);
      return window && maxPool(g, x!, window);
    },
  }),
  lowering<Attrs>({
    kernel: tf.AvgPool,
    inputs: ["x"],
    lower(g, [x], attrs) {
      const window = poolWindow(x!, attrs);
      return window && averagePool(g, x!, window);
    },
  }),
  lowering<Attrs>({
    kernel: tf.MaxPoolGrad,
    inputs: ["dy", "input"],
    lower(g, [dy, x], attrs) {
      const window = gradientWindow(x!, attrs);
      return window && maxPoolGradient(g, dy!, x!, window);
    },
  }),
  lowering<Attrs>({
    kernel: tf.AvgPoolGrad,
    inputs: ["dy", "input"],
    lower(g, [dy, x], attrs) {
      const window = gradientWindow(x!, attrs);
      return window && averagePoolGradient(g, dy!, window, averageFactors(x!.shape, { ...attrs }).factors);
    },
  }),
];
