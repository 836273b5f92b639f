import * as tf from "@tensorflow/tfjs-core";

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

/**
 * The tensor in another shape if only axes of size 1 differ, else undefined. The tensor itself if the shape is the
 * same.
 */
export function fitShape(tensor: tf.Tensor, shape: readonly number[]): tf.Tensor | undefined {
  if (sameShape(tensor.shape, shape)) return tensor;
  const withoutOnes = (sizes: readonly number[]) => sizes.filter((size) => size !== 1);
  return sameShape(withoutOnes(tensor.shape), withoutOnes(shape)) ? tf.reshape(tensor, [...shape]) : undefined;
}

/**
 * A PyTorch tensor in this library's layout, or undefined if its shape does not fit:
 *
 * | PyTorch | here |
 * | --- | --- |
 * | [out, in, height, width] | [height, width, in, out] |
 * | [channels · multiplier, 1, height, width] | [height, width, channels, multiplier] |
 * | [out, in] or [out, in, 1, 1], called `weight` or `kernel` here | [in, out] |
 * | [gates · hidden, in], called `weight_ih_l0` or `weight_hh_l0` here | [in, gates · hidden] |
 * | anything else | the same |
 */
export function fitPytorch(tensor: tf.Tensor, shape: readonly number[], key: string): tf.Tensor | undefined {
  const { rank } = tensor;
  if (rank === 4 && shape.length === 4) {
    const transposed = transposeKernel(tensor, shape);
    if (sameShape(transposed.shape, shape)) return transposed;
  }
  if (shape.length === 2 && /(^|[./])(kernel|weight(_[ih]h_l\d+)?)$/.test(key)) {
    const [out, inputs, ...window] = tensor.shape;
    if (rank < 2 || window.some((size) => size !== 1) || shape[0] !== inputs || shape[1] !== out) return undefined;
    return tf.transpose(tf.reshape(tensor, [out!, inputs!]));
  }
  return fitShape(tensor, shape);
}

function transposeKernel(tensor: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const [out, inputs, height, width] = tensor.shape as [number, number, number, number];
  const [channels, multiplier] = shape.slice(2) as [number, number];
  const depthwise = inputs === 1 && channels * multiplier === out;
  return depthwise
    ? tf.transpose(tf.reshape(tensor, [channels, multiplier, height, width]), [2, 3, 0, 1])
    : tf.transpose(tensor, [2, 3, 1, 0]);
}
