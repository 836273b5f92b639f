import * as tf from "@tensorflow/tfjs-core";
import type { MapShape } from "../graph/blocked-map.js";
import type { Graph } from "../graph/graph.js";
import { sizeOf, type Value } from "../graph/types.js";
import { activate, type FusedAttrs } from "./activations.js";
import { blocked, filterInBlocks, filterIntoBlocks, fromBlocks, toBlocks } from "./blocked.js";
import { channelsFirst, channelsLast, filterChannelsFirst } from "./channels-first.js";
import { areFloats, lowering, type Lowering } from "./lowering.js";
import { mapOf } from "./maps/map.js";
import { padEnd, wholeBlocks } from "./maps/reorder.js";
import { matMul } from "./matrix-product.js";
import { framed, taps } from "./taps.js";
import { isPointwise, padsFor, windowOf, type Window } from "./window.js";

/** Cells of the output, over the batch, up to which arranging the filter for a convolution costs more than it gains. */
const fewCells = 320;

/** Whether a map of `cells`, over the batch, is so small that its filter had better not be arranged. */
export const isSmall = (g: Graph, cells: number): boolean => !g.filtersAreFixed?.() && cells <= fewCells;

/** Input channels from which the blocked layout is worth filling up with zeros. */
export const enoughChannels = 8;

type Attrs = tf.Conv2DAttrs | (tf.FusedConv2DAttrs & FusedAttrs);

/**
 * y[b, p, q, o] = Σ_ijc x[b, p · stride + i · dilation − pad, …, c] · filter[i, j, c, o] by one of four routes: one
 * product of matrices for 1 × 1, a sum of products over the filter's cells for small maps, blocks of channels, or
 * ONNX's own layout where blocks would be mostly zeros or the machine has none, and for portable graphs.
 */
export function convolve(g: Graph, x: Value, filter: Value, window: Window, bias?: Value): Value {
  const shape = [x.shape[0]!, ...window.output, filter.shape[3]!];
  const plus = (y: Value) => (bias ? g.node("Add", [y, bias], { shape: y.shape }) : y);
  if (g.target.portable) return inChannelsFirst(g, x, filter, window, bias); // the filter is arranged but once
  const few = isSmall(g, sizeOf(shape) / shape[3]!);
  if (isPointwise(window) && (few || !mapOf(g, x))) return plus(pointwise(g, x, filter));
  if (few && x.shape[3]! >= enoughChannels) return plus(sumOfProducts(g, x, filter, window));
  if (g.target.block === 1) return inChannelsFirst(g, x, filter, window, bias);
  if (x.shape[3]! >= enoughChannels) return inBlocks(g, x, filter, window, bias);
  return g.maps ? intoBlocks(g, x, filter, window, bias) : inChannelsFirst(g, x, filter, window, bias);
}

function pointwise(g: Graph, x: Value, filter: Value): Value {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const o = filter.shape[3]!;
  return g.reshape(matMul(g, g.reshape(x, [n * h * w, c]), g.reshape(filter, [c, o])), [n, h, w, o]);
}

/** Σ over the filter's cells of what they meet times what they hold. */
function sumOfProducts(g: Graph, x: Value, filter: Value, window: Window): Value {
  const o = filter.shape[3]!;
  const parts = taps(g, x, window).flatMap((tap, cell) => (tap ? matMul(g, tap, cellOf(g, filter, cell)) : []));
  return g.reshape(sum(g, parts, [sizeOf(window.output) * x.shape[0]!, o]), [x.shape[0]!, ...window.output, o]);
}

/** What the filter holds in one cell, [in, out]. */
export function cellOf(g: Graph, filter: Value, cell: number): Value {
  const [, , c, o] = filter.shape as [number, number, number, number];
  return g.run(filter, cell * c * o, [c, o]);
}

/** The sum of values of `shape`, of which there may be one, or none. */
export function sum(g: Graph, values: readonly Value[], shape: readonly number[]): Value {
  if (values.length > 1) return g.node("Sum", values, { shape });
  return values[0] ?? zeros(g, shape);
}

export const zeros = (g: Graph, shape: readonly number[]): Value =>
  g.node("Expand", [g.constant("float32", [0], []), g.constant("int64", shape)], { shape });

const convAttributes = (g: Graph, window: Window) => ({
  kernel_shape: window.kernel,
  strides: window.strides,
  dilations: window.dilations,
  pads: padsFor(g.target, window),
});

export const inBlocks = (g: Graph, x: Value, filter: Value, window: Window, bias?: Value): Value =>
  withArranged(g, x, filterInBlocks(g, filter), filter.shape[3]!, window, bias);

/** @param filter - arranged for blocks */
export function withArranged(g: Graph, x: Value, filter: Value, o: number, window: Window, bias?: Value): Value {
  const outs = wholeBlocks(g, o);
  const b = bias && padEnd(g, g.reshape(bias, [o]), [outs]);
  const shape = [x.shape[0]!, outs, ...window.output];
  const [map, rest] = withColumns(g, toBlocks(g, x), window);
  return fromBlocks(g, blocked(g, "Conv", [map, filter, b], shape, convAttributes(g, rest)), o);
}

/**
 * A map in blocks with the columns of zeros that the window asks for, and the window on it. ONNX Runtime makes the
 * columns of a result that meet its own pads one by one, and others in sixes. A copy of the map costs less than two or
 * more of them on a side. Rows make no difference.
 */
function withColumns(g: Graph, map: Value, window: Window): [map: Value, window: Window] {
  const [n, c, h, w] = map.shape as MapShape;
  const { block } = g.target;
  const { before, after, strides } = window;
  const [left, right] = [before[1], Math.max(0, after[1])];
  const most = Math.max(left, right);
  if (most < 2 || most >= w || strides[1] > 1) return [map, window];
  const wide = framed(g, g.reshape(map, [(n * c) / block, h, w, block]), [0, left], [0, right]);
  const rest = { ...window, before: [before[0], 0] as const, after: [after[0], after[1] - right] as const };
  return [g.reshape(wide, [n, c, h, left + w + right]), { ...rest, input: [h, left + w + right] }];
}

/** From few channels, in ONNX's own layout: ONNX Runtime's convolutions that make blocks read that, too. */
function intoBlocks(g: Graph, x: Value, filter: Value, window: Window, bias?: Value): Value {
  const o = filter.shape[3]!;
  const b = bias && padEnd(g, g.reshape(bias, [o]), [wholeBlocks(g, o)]);
  const shape = [x.shape[0]!, wholeBlocks(g, o), ...window.output];
  const inputs = [channelsFirst(g, x), filterIntoBlocks(g, filter), b];
  return fromBlocks(g, blocked(g, "Conv", inputs, shape, convAttributes(g, window)), o);
}

function inChannelsFirst(g: Graph, x: Value, filter: Value, window: Window, bias?: Value): Value {
  const o = filter.shape[3]!;
  const inputs = [channelsFirst(g, x), filterChannelsFirst(g, filter), bias && g.reshape(bias, [o])];
  const shape = [x.shape[0]!, o, ...window.output];
  return channelsLast(g, g.node("Conv", inputs, { shape }, convAttributes(g, window)));
}

/**
 * The window of a convolution's attributes, or undefined for what is left to cpu: channels first, other types, groups.
 */
export function convWindow(x: readonly number[], filter: readonly number[], attrs: Attrs): Window | undefined {
  const { strides, pad, dataFormat, dilations, dimRoundingMode } = attrs;
  if (dataFormat !== "NHWC") return undefined;
  const info = tf.backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    filter as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
  return x[3] === filter[2] ? windowOf(info) : undefined;
}

const conv2d = lowering<tf.Conv2DAttrs>({
  kernel: tf.Conv2D,
  inputs: ["x", "filter"],
  lower(g, [x, filter], attrs) {
    const window = areFloats(x!, filter!) && convWindow(x!.shape, filter!.shape, attrs);
    return window ? convolve(g, x!, filter!, window) : undefined;
  },
});

const fusedConv2d = lowering<tf.FusedConv2DAttrs & FusedAttrs>({
  kernel: tf.FusedConv2D,
  inputs: ["x", "filter", "bias", "preluActivationWeights"],
  lower(g, [x, filter, bias, slopes], attrs) {
    const window = areFloats(x!, filter!) && convWindow(x!.shape, filter!.shape, attrs);
    if (!window) return undefined;
    const perChannel = bias && sizeOf(bias.shape) === filter!.shape[3];
    const y = convolve(g, x!, filter!, window, perChannel ? bias : undefined);
    const biased = bias && !perChannel ? g.node("Add", [y, bias], { shape: y.shape }) : y;
    return activate(g, biased, attrs, slopes);
  },
});

export const conv: readonly Lowering[] = [conv2d, fusedConv2d];
