import * as tf from "@tensorflow/tfjs-core";

/** The arrays that hold the numbers of a tensor. */
export type HostNumbers = Float32Array | Int32Array | Uint8Array;

const FILL = "HostTensor";

/**
 * A tensor whose numbers are made in JavaScript: `fill()`, in row order. Without a gradient.
 *
 * Use it for whatever is different in each step, such as random numbers. A step that the engine has compiled runs no
 * JavaScript: numbers that were made outside `fill` are then constants for ever, while `fill` is called again for each
 * run. So everything that may change must be read or drawn inside `fill`, and `fill` must always return as many
 * numbers as `shape` holds.
 *
 * @example tf.mul(x, hostTensor(x.shape, () => ctx.rng.normal(x.size))) // other noise in each step
 * @param dtype - "float32", "int32" or "bool". Default "float32"
 * @returns [...shape]
 */
export function hostTensor<R extends tf.Rank = tf.Rank>(
  shape: tf.ShapeMap[R],
  fill: () => HostNumbers,
  dtype: "float32" | "int32" | "bool" = "float32",
): tf.Tensor<R> {
  if (!tf.getKernel(FILL, tf.getBackend())) return tf.tensor(fill(), shape, dtype);
  return tf.engine().runKernel(FILL, {}, { shape, dtype, fill } as unknown as tf.NamedAttrMap);
}
