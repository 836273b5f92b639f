import type * as tf from "@tensorflow/tfjs-core";

/**
 * Refuses an empty tensor, for which kernels return NaN or fail with unclear messages.
 *
 * @throws RangeError that names the caller and the shape
 */
export function requireNotEmpty(who: string, x: tf.Tensor): void {
  if (x.size === 0)
    throw new RangeError(`${who}: expected \`x\` with at least one number, got [${x.shape.join(", ")}].`);
}

/**
 * Refuses a tensor that is not float32, or is empty. The kernels of convolution and pooling take floats; decoded images
 * hold integers until they are scaled.
 *
 * @throws TypeError that names the caller and the dtype; RangeError for an empty tensor
 */
export function requireFloats(who: string, x: tf.Tensor): void {
  if (x.dtype !== "float32")
    throw new TypeError(
      `${who}: expected \`x\` of dtype float32, got ${x.dtype}; \`tf.cast(x, "float32")\` converts it.`,
    );
  requireNotEmpty(who, x);
}
