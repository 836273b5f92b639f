import * as tf from "@tensorflow/tfjs-core";

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((side, axis) => side === b[axis]);

/** The tensor in that shape if only axes of size 1 differ, else undefined. The tensor itself if nothing differs. */
export function fitShape(tensor: tf.Tensor, shape: readonly number[]): tf.Tensor | undefined {
  if (sameShape(tensor.shape, shape)) return tensor;
  const long = (sides: readonly number[]) => sides.filter((side) => side !== 1);
  return sameShape(long(tensor.shape), long(shape)) ? tf.reshape(tensor, [...shape]) : undefined;
}

/**
 * A PyTorch tensor in our layout, or undefined. What it is follows from the shapes and our name for it:
 *
 * | PyTorch | ours |
 * | --- | --- |
 * | [out, in, height, width] | [height, width, in, out] |
 * | [channels · multiplier, 1, height, width] | [height, width, channels, multiplier] |
 * | [out, in] or [out, in, 1, 1], called `weight` or `kernel` here | [in, out] |
 * | anything else | the same |
 */
export function fitPytorch(tensor: tf.Tensor, shape: readonly number[], key: string): tf.Tensor | undefined {
  const { rank } = tensor;
  if (rank === 4 && shape.length === 4) {
    const turned = turnKernel(tensor, shape);
    if (sameShape(turned.shape, shape)) return turned;
  }
  if (shape.length === 2 && /(^|[./])(weight|kernel)$/.test(key)) {
    const [out, inputs, ...window] = tensor.shape;
    if (rank < 2 || window.some((side) => side !== 1) || shape[0] !== inputs || shape[1] !== out) return undefined;
    return tf.transpose(tf.reshape(tensor, [out!, inputs!]));
  }
  return fitShape(tensor, shape);
}

function turnKernel(tensor: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const [out, inputs, height, width] = tensor.shape as [number, number, number, number];
  const [channels, multiplier] = shape.slice(2) as [number, number];
  const depthwise = inputs === 1 && channels * multiplier === out;
  return depthwise
    ? tf.transpose(tf.reshape(tensor, [channels, multiplier, height, width]), [2, 3, 0, 1])
    : tf.transpose(tensor, [2, 3, 1, 0]);
}
