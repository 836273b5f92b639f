import * as tf from "@tensorflow/tfjs-core";
import type { Layer } from "../module.js";
import { matchShapes } from "../shapes.js";
import { pureLayer } from "./pure-layer.js";
import { paddingOf, requireWindow, windowOf, type Padding, type WindowSize } from "./window.js";

/** What `maxPool2d` and `averagePool2d` are made from. */
export interface PoolConfig {
  readonly kernel: WindowSize;
  /** Default: `kernel`, if it is square. */
  readonly stride?: number;
  /** Padded cells never win and never count. Default "valid". */
  readonly padding?: Padding;
}

/** The mean over the cells of a map: [batch, height, width, channels] → [batch, channels]. */
export const globalAveragePool = (x: tf.Tensor): tf.Tensor2D =>
  tf.tidy(() => {
    const { batch, channels } = matchShapes("globalAveragePool", { x: "batch height width channels" }, { x });
    return tf.mean(tf.reshape(x, [batch, -1, channels]), 1);
  });

/** The largest number in each window: [batch, height, width, channels] → [batch, height', width', channels]. */
export const maxPool2d = (config: PoolConfig): Layer => pool("maxPool2d", tf.maxPool, config);

/** The mean of each window; PyTorch's `count_include_pad=False`. Shapes as `maxPool2d`. */
export const averagePool2d = (config: PoolConfig): Layer => pool("averagePool2d", tf.avgPool, config);

function pool(who: string, op: typeof tf.maxPool, { kernel, stride, padding = "valid" }: PoolConfig): Layer {
  const [height, width] = windowOf(kernel);
  requireWindow(who, kernel, padding, stride === undefined ? {} : { stride });
  const steps = stride ?? ([height, width] as [number, number]);
  return pureLayer((x) => {
    matchShapes(who, { x: "batch height width channels" }, { x });
    return op(x as tf.Tensor4D, [height, width], steps, paddingOf(padding));
  });
}
