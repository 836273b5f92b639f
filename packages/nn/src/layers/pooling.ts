import * as tf from "@tensorflow/tfjs-core";
import type { Layer } from "../module.js";
import { matchShapes } from "../shapes.js";
import { pureLayer } from "./pure-layer.js";
import { requireFloats, requireNotEmpty } from "./require-input.js";
import {
  explicitPadding,
  nativePadding,
  requireFit,
  requireWindow,
  windowOf,
  type Padding,
  type WindowSize,
} from "./window.js";

/** The configuration of `maxPool2d` and `averagePool2d`. */
export interface PoolConfig {
  /** Size of the window, in cells. */
  readonly kernel: WindowSize;
  /** Cells from one window to the next. Default: `kernel`, so that windows do not overlap. */
  readonly stride?: number;
  /** The zeros that are added around the map. Default "valid". */
  readonly padding?: Padding;
}

/** Global average pooling, the mean over all cells of a map: [batch, height, width, channels] → [batch, channels]. */
export const globalAveragePool = (x: tf.Tensor): tf.Tensor2D =>
  tf.tidy(() => {
    const { batch, channels } = matchShapes("globalAveragePool", { x: "batch height width channels" }, { x });
    requireNotEmpty("globalAveragePool", x);
    return tf.mean(tf.reshape(x, [batch, -1, channels]), 1);
  });

/**
 * Max pooling, the largest number in each window: [batch, height, width, channels] → [batch, height', width',
 * channels].
 */
export const maxPool2d = (config: PoolConfig): Layer =>
  pool("maxPool2d", config, (x, { window, strides, padding }) =>
    tf.maxPool(x, window, strides, nativePadding(padding)),
  );

/**
 * Average pooling, the mean of each window: [batch, height, width, channels] → [batch, height', width', channels].
 * Padded cells do not count, as with PyTorch's `count_include_pad=False`.
 */
export const averagePool2d = (config: PoolConfig): Layer =>
  pool("averagePool2d", config, (x, { window, strides, padding }) => {
    const [, height, width] = x.shape;
    const around = explicitPadding(padding, [height, width], window, { strides });
    if (around.flat().every((cells) => cells === 0)) return tf.avgPool(x, window, strides, "valid");
    // in two steps, because the gradient of tfjs' own padded avgPool is wrong: it counts the padded cells
    const mean = (maps: tf.Tensor4D) => tf.avgPool(tf.pad(maps, around), window, strides, "valid");
    return tf.div(mean(x), mean(tf.ones([1, height, width, 1])));
  });

interface Window {
  readonly window: [number, number];
  readonly strides: [number, number];
  readonly padding: Padding;
}

function pool(who: string, config: PoolConfig, op: (x: tf.Tensor4D, size: Window) => tf.Tensor): Layer {
  const { kernel, stride, padding = "valid" } = config;
  requireWindow(who, kernel, padding, stride === undefined ? {} : { stride });
  const window = windowOf(kernel);
  const strides: [number, number] = stride === undefined ? window : [stride, stride];
  return pureLayer((x) => {
    matchShapes(who, { x: "batch height width channels" }, { x });
    requireFloats(who, x);
    requireFit(who, x.shape, window, { padding });
    return op(x as tf.Tensor4D, { window, strides, padding });
  });
}
