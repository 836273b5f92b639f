import type * as tf from "@tensorflow/tfjs-core";

/**
 * Refuses a tensor without a number in it, of which kernels make NaN, or fail in words of their own.
 *
 * @throws RangeError that names the caller and the shape
 */
export function requireNotEmpty(who: string, x: tf.Tensor): void {
  if (x.size === 0)
    throw new RangeError(`${who}: expected \`x\` with at least one number, got [${x.shape.join(", ")}].`);
}

/**
 * Refuses a tensor that is not float32, or has no number in it. Kernels of maps take floats, and images are whole
 * numbers until they are scaled.
 *
 * @throws TypeError that names the caller and the dtype; RangeError for an empty tensor
 */
export function requireFloats(who: string, x: tf.Tensor): void {
  if (x.dtype !== "float32")
    throw new TypeError(
      `${who}: expected \`x\` of dtype float32, got ${x.dtype}; \`tf.cast(x, "float32")\` makes it that.`,
    );
  requireNotEmpty(who, x);
}
