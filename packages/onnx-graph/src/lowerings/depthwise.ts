import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { sizeOf, type Value } from "../graph/types.js";
import { activate, type FusedAttrs } from "./activations.js";
import { blocked, depthwiseFilterInBlocks, fromBlocks, toBlocks } from "./blocked.js";
import { channelsFirst, channelsLast } from "./channels-first.js";
import { zeros } from "./conv.js";
import { exchanged, readsSome, whatIsRead } from "./conv-filter-gradient.js";
import { spread, turned, turnedFilter } from "./conv-input-gradient.js";
import { areFloats, lowering, type Lowering } from "./lowering.js";
import { padEnd, wholeBlocks } from "./maps/reorder.js";
import { sumAlong } from "./sums.js";
import { framed, taps } from "./taps.js";
import { padsFor, windowOf, type Window } from "./window.js";

type Attrs = Omit<tf.DepthwiseConv2dNativeAttrs, "dataFormat" | "dilations"> & {
  readonly dataFormat?: string;
  readonly dilations?: [number, number] | number | null;
};

/** The window of a depthwise convolution; undefined for what is left to cpu. */
function depthwiseWindow(x: readonly number[], filter: readonly number[], attrs: Attrs): Window | undefined {
  if (attrs.dataFormat === "NCHW") return undefined;
  const info = tf.backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    filter as [number, number, number, number],
    attrs.strides,
    attrs.dilations ?? 1, // null where tfjs-layers sets none
    attrs.pad,
    attrs.dimRoundingMode,
    true,
  );
  return windowOf(info);
}

/**
 * y[b, p, q, c] = Σ_ij x[b, p · stride + i · dilation − pad, …, c] · filter[i, j, c]; the filter is [height, width,
 * channels].
 */
function depthwise(g: Graph, x: Value, filter: Value, window: Window, bias?: Value): Value {
  const [n, , , c] = x.shape as [number, number, number, number];
  const { kernel, strides, dilations, output } = window;
  const attributes = { kernel_shape: kernel, strides, dilations, pads: padsFor(g.target, window) };
  if (g.target.block > 1) {
    const channels = wholeBlocks(g, c);
    const b = bias && padEnd(g, g.reshape(bias, [c]), [channels]);
    const inputs = [toBlocks(g, x), depthwiseFilterInBlocks(g, filter), b];
    const y = blocked(g, "Conv", inputs, [n, channels, ...output], { ...attributes, group: channels });
    return fromBlocks(g, y, c);
  }
  const weights = g.node("Transpose", [filter], { shape: [c, ...kernel] }, { perm: [2, 0, 1] });
  const inputs = [channelsFirst(g, x), g.reshape(weights, [c, 1, ...kernel]), bias && g.reshape(bias, [c])];
  return channelsLast(g, g.node("Conv", inputs, { shape: [n, c, ...output] }, { ...attributes, group: c }));
}

/** dx: the errors, spread as far apart as the windows were, met by the filter turned by half. */
function inputGradient(g: Graph, dy: Value, filter: Value, window: Window): Value {
  const back = turned(window);
  const flipped = turnedFilter(g, filter);
  const around = [...back.before, ...back.after];
  if (window.strides.every((stride) => stride === 1) && around.every((n) => n >= 0))
    return depthwise(g, dy, flipped, back);
  const errors = framed(g, spread(g, dy, window.strides), back.before, back.after);
  const input = [errors.shape[1]!, errors.shape[2]!] as const;
  return depthwise(g, errors, flipped, { ...back, strides: [1, 1], before: [0, 0], after: [0, 0], input });
}

/** Channels below which blocks are mostly zeros. */
const fewChannels = 4;

/** Cells of a map from which their sum is worth three times the time, for its rounding errors. */
const manyCells = 1 << 16;

/**
 * dW[i, j, c] = Σ_bpq x[b, p · stride + i · dilation − pad, …, c] · dy[b, p, q, c]. In blocks: each channel of each
 * sample is convolved with its own errors as the filter, strides and dilations changing places, and the samples are
 * summed.
 */
function filterGradient(g: Graph, x: Value, dy: Value, window: Window): Value {
  const [n, , , c] = x.shape as [number, number, number, number];
  const { kernel, output } = window;
  const isLong = output[0] * output[1] >= manyCells; // a convolution adds them one after another
  if (g.target.block === 1 || c < fewChannels || isLong || !readsSome(window))
    return filterGradientByTaps(g, x, dy, window);
  const channels = wholeBlocks(g, c);
  const read = toBlocks(g, whatIsRead(g, x, window));
  const inputs = [
    g.reshape(read, [1, n * channels, ...read.shape.slice(2)]),
    g.reshape(toBlocks(g, dy), [n * channels, 1, ...output]),
  ];
  const attributes = { ...exchanged(window), group: n * channels };
  const sums = blocked(g, "Conv", inputs, [1, n * channels, ...kernel], attributes);
  const samples = g.reshape(sums, [n, sizeOf(sums.shape) / n]);
  return fromBlocks(g, g.reshape(sumAlong(g, samples, 0), [1, channels, ...kernel]), c);
}

function filterGradientByTaps(g: Graph, x: Value, dy: Value, window: Window): Value {
  const c = x.shape[3]!;
  const errors = g.reshape(dy, [sizeOf(dy.shape) / c, c]);
  const sums = taps(g, x, window).map((tap) => {
    if (!tap) return zeros(g, [1, c]);
    return g.reshape(sumAlong(g, g.node("Mul", [tap, errors], { shape: tap.shape }), 0), [1, c]);
  });
  return g.node("Concat", sums, { shape: [sums.length, c] }, { axis: 0 });
}

/** Filters [height, width, channels, multiplier] as one a channel, for maps whose channels are `repeated`. */
const perChannel = (g: Graph, filter: Value): Value => {
  const [kh, kw, c, multiplier] = filter.shape as [number, number, number, number];
  return g.reshape(filter, [kh, kw, c * multiplier]);
};

/** Each channel `times` times, one after another. */
function repeated(g: Graph, x: Value, times: number): Value {
  if (times === 1) return x;
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const shape = [n * h * w, c, times];
  const copies = g.node("Expand", [g.reshape(x, [n * h * w, c, 1]), g.constant("int64", shape)], { shape });
  return g.reshape(copies, [n, h, w, c * times]);
}

/** What goes back to a channel from its copies. */
function gathered(g: Graph, dx: Value, times: number): Value {
  if (times === 1) return dx;
  const [n, h, w, c] = dx.shape as [number, number, number, number];
  const copies = g.reshape(dx, [(n * h * w * c) / times, times]);
  const sums = g.node("ReduceSum", [copies, g.constant("int64", [1])], { shape: [copies.shape[0]!] }, { keepdims: 0 });
  return g.reshape(sums, [n, h, w, c / times]);
}

export const depthwiseConvs: readonly Lowering[] = [
  lowering<Attrs>({
    kernel: tf.DepthwiseConv2dNative,
    inputs: ["x", "filter"],
    lower(g, [x, filter], attrs) {
      const window = areFloats(x!, filter!) && depthwiseWindow(x!.shape, filter!.shape, attrs);
      return window ? depthwise(g, repeated(g, x!, filter!.shape[3]!), perChannel(g, filter!), window) : undefined;
    },
  }),
  lowering<Attrs & FusedAttrs>({
    kernel: tf.FusedDepthwiseConv2D,
    inputs: ["x", "filter", "bias", "preluActivationWeights"],
    lower(g, [x, filter, bias, slopes], attrs) {
      const window = areFloats(x!, filter!) && depthwiseWindow(x!.shape, filter!.shape, attrs);
      if (!window) return undefined;
      const maps = repeated(g, x!, filter!.shape[3]!);
      const fits = bias && sizeOf(bias.shape) === maps.shape[3];
      const y = depthwise(g, maps, perChannel(g, filter!), window, fits ? bias : undefined);
      const biased = bias && !fits ? g.node("Add", [y, bias], { shape: y.shape }) : y;
      return activate(g, biased, attrs, slopes);
    },
  }),
  lowering<tf.DepthwiseConv2dNativeBackpropInputAttrs>({
    kernel: tf.DepthwiseConv2dNativeBackpropInput,
    inputs: ["dy", "filter"],
    lower(g, [dy, filter], attrs) {
      const window = areFloats(dy!, filter!) && depthwiseWindow(attrs.inputShape, filter!.shape, attrs);
      if (!window) return undefined;
      return gathered(g, inputGradient(g, dy!, perChannel(g, filter!), window), filter!.shape[3]!);
    },
  }),
  lowering<tf.DepthwiseConv2dNativeBackpropFilterAttrs>({
    kernel: tf.DepthwiseConv2dNativeBackpropFilter,
    inputs: ["x", "dy"],
    lower(g, [x, dy], attrs) {
      const window = areFloats(x!, dy!) && depthwiseWindow(x!.shape, attrs.filterShape, attrs);
      if (!window) return undefined;
      return g.reshape(filterGradient(g, repeated(g, x!, attrs.filterShape[3]), dy!, window), attrs.filterShape);
    },
  }),
];
