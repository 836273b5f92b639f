import * as tf from "@tensorflow/tfjs-core";

/** Channels of the images that weights were published for. */
const RGB = 3;

/**
 * A kernel for RGB images, for images of another number of channels, as timm does it: for one channel, the sum over
 * red, green and blue, so that a grey image gives what it gave as RGB; for n, the three in turn, times 3 / n, so that
 * the sums stay as large.
 *
 * @param kernel - [out, 3, height, width] with `axis` 1, or [height, width, 3, out] with `axis` 2
 */
export function adaptChannels(kernel: tf.Tensor, channels: number, axis: number): tf.Tensor {
  return tf.tidy(() => {
    if (channels === 1) return tf.sum(kernel, axis, true);
    const inTurn = Array.from({ length: channels }, (_, i) => i % RGB);
    return tf.mul(tf.gather(kernel, tf.tensor1d(inTurn, "int32"), axis), RGB / channels);
  });
}

/**
 * A published tensor with the axes of the weight it is for.
 *
 * @param shape - the shape of the weight: [height, width, in, out] of a kernel, [in, out] of a linear layer
 * @returns the tensor itself where nothing needs to change
 */
export function adapt(tensor: tf.Tensor, shape: readonly number[], layout: "pytorch" | "fovea"): tf.Tensor {
  if (tensor.rank !== 4) return tensor;
  if (shape.length === 2 && layout === "pytorch") return tf.reshape(tensor, [tensor.shape[0]!, -1]); // a linear layer
  const axis = layout === "pytorch" ? 1 : 2;
  const channels = shape[2]!;
  const forOthers = shape.length === 4 && tensor.shape[axis] === RGB && channels !== RGB;
  return forOthers ? adaptChannels(tensor, channels, axis) : tensor;
}
