import type * as tf from "@tensorflow/tfjs-core";

/**
 * Refuses a tensor without a number in it, of which kernels make NaN, or fail in words of their own. @throws
 * RangeError
 */
export function requireNumbers(who: string, x: tf.Tensor): void {
  if (x.size === 0)
    throw new RangeError(`${who}: expected \`x\` with at least one number, got [${x.shape.join(", ")}].`);
}

/**
 * The same, and refuses whole numbers, which images are until they are scaled: kernels of maps take floats. @throws
 * TypeError
 */
export function requireFloats(who: string, x: tf.Tensor): void {
  if (x.dtype !== "float32")
    throw new TypeError(
      `${who}: expected \`x\` of dtype float32, got ${x.dtype}; \`tf.cast(x, "float32")\` makes it that.`,
    );
  requireNumbers(who, x);
}
