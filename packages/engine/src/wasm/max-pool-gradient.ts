import type * as tf from "@tensorflow/tfjs-core";
import { heapOf, uninitialized } from "./backend.js";

/**
 * The gradient of max pooling: each output's gradient goes to the first largest pixel of its window, as on `cpu`.
 * Stock `wasm` looks through every window of every input pixel instead.
 *
 * @param dy - [batch, outHeight, outWidth, channels]
 * @param x - [batch, height, width, channels]
 */
export function maxPoolGradient(dy: tf.Tensor, x: tf.Tensor, pool: tf.backend_util.Conv2DInfo): tf.Tensor {
  const { batchSize, inHeight, inWidth, inChannels: channels, outHeight, outWidth, padInfo } = pool;
  const dx = uninitialized(x.shape, "float32");
  const [values, gradients, out] = [heapOf(x), heapOf(dy), heapOf(dx).fill(0)];
  const best = new Float32Array(channels);
  const where = new Int32Array(channels);
  let at = 0;
  for (let b = 0; b < batchSize; b++)
    for (let row = 0; row < outHeight; row++)
      for (let column = 0; column < outWidth; column++, at += channels) {
        const [top, left] = [row * pool.strideHeight - padInfo.top, column * pool.strideWidth - padInfo.left];
        best.fill(-Infinity);
        where.fill(-1);
        for (let r = Math.max(0, top); r < Math.min(inHeight, top + pool.filterHeight); r++)
          for (let c = Math.max(0, left); c < Math.min(inWidth, left + pool.filterWidth); c++)
            keepLarger(best, where, values, ((b * inHeight + r) * inWidth + c) * channels);
        for (let i = 0; i < channels; i++) if (where[i]! >= 0) out[where[i]!]! += gradients[at + i]!;
      }
  return dx;
}

function keepLarger(best: Float32Array, where: Int32Array, values: ArrayLike<number>, pixel: number): void {
  for (let i = 0; i < best.length; i++)
    if (values[pixel + i]! > best[i]!) {
      best[i] = values[pixel + i]!;
      where[i] = pixel + i;
    }
}
