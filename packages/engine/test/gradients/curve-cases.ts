import * as tf from "@tensorflow/tfjs-core";

/** A function of a tensor of two rows and three columns. */
export type Curve = readonly [name: string, f: (x: tf.Tensor) => tf.Tensor];

/** Numbers of both signs, none near 0 or 1 or another's, where curves have corners. */
export const points = (): tf.Tensor => tf.tensor2d([[-1.7, -0.9, -0.31], [0.27, 0.63, 1.4]]); // prettier-ignore
const positive = (f: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => f(tf.add(tf.square(x), 0.5));
const small = (f: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => f(tf.mul(x, 0.4));
const other = () => tf.tensor2d([[0.8, -0.4, 1.1], [-0.6, 0.35, 0.9]]); // prettier-ignore

/** Whose second derivatives are right, too. */
export const smooth: readonly Curve[] = [
  ["exp", tf.exp], ["expm1", tf.expm1], ["tanh", tf.tanh], ["sigmoid", tf.sigmoid], ["softplus", tf.softplus], ["elu", tf.elu],
  ["relu", tf.relu], ["leakyRelu", tf.leakyRelu], ["relu6", tf.relu6], ["abs", tf.abs], ["square", tf.square],
  ["sin", tf.sin], ["cos", tf.cos], ["atan", tf.atan], ["sinh", tf.sinh], ["cosh", tf.cosh], ["asinh", tf.asinh], ["erf", tf.erf],
  ["tan", small(tf.tan)], ["asin", small(tf.asin)], ["acos", small(tf.acos)], ["atanh", small(tf.atanh)],
  ["log", positive(tf.log)], ["log1p", positive(tf.log1p)], ["sqrt", positive(tf.sqrt)], ["rsqrt", positive(tf.rsqrt)],
  ["reciprocal", positive(tf.reciprocal)], ["acosh", positive((x) => tf.acosh(tf.add(x, 1)))], ["selu", tf.selu],
  ["pow", positive((x) => tf.pow(x, tf.scalar(1.7)))], ["pow, exponent", (x) => tf.pow(tf.scalar(1.7), x)],
  ["logSigmoid", tf.logSigmoid], ["softmax", (x) => tf.softmax(x)],
  ["logSumExp", (x) => tf.logSumExp(x, 1)], ["mul", (x) => tf.mul(x, tf.mul(x, other()))],
  ["div", (x) => tf.div(x, tf.add(tf.square(x), 1))], ["squaredDifference", (x) => tf.squaredDifference(x, other())],
  ["matMul", (x) => tf.matMul(x, x, true, false)], ["maximum", (x) => tf.maximum(tf.square(x), other())],
  ["minimum", (x) => tf.minimum(tf.square(x), other())], ["max", (x) => tf.square(tf.max(x, 1))], ["min", (x) => tf.square(tf.min(x, 0))],
  ["where of a comparison", (x) => tf.where(tf.less(x, 0.5), tf.square(x), tf.exp(x))],
  ["clipByValue", (x) => tf.square(tf.clipByValue(x, -1, 1))],
]; // prettier-ignore

/** The others: their gradient is made of kernels without one. */
export const once: readonly Curve[] = [
  ["prod of rows", (x) => tf.prod(x, 1)],
  ["prod of columns", (x) => tf.prod(x, 0, true)],
  ["prod of all", (x) => tf.prod(x)],
  ["prod with a 0", (x) => tf.prod(tf.concat([x, tf.zeros([2, 1])], 1), 1)],
  ["prod over axes that are not neighbours", (x) => tf.prod(tf.stack([x, tf.add(x, 1)]), [0, 2])],
  ["floorDiv", (x) => tf.cast(tf.floorDiv(tf.mul(x, 7.3), tf.scalar(3)), "float32")],
  ["cast to integers", (x) => tf.add(x, tf.cast(tf.cast(tf.mul(x, 7.3), "int32"), "float32"))],
  [
    "any and all of comparisons",
    (x) => tf.add(x, tf.cast(tf.add(tf.any(tf.less(x, 0), 0), tf.all(tf.less(x, 1), 0)), "float32")),
  ],
  ["atan2", (x) => tf.atan2(x, other())],
  ["logSoftmax", (x) => tf.logSoftmax(x)],
  ["mod", (x) => tf.mod(x, tf.scalar(5))],
  ["maxPool", (x) => tf.maxPool(tf.reshape(x, [1, 2, 3, 1]) as tf.Tensor4D, 2, 1, "same")],
  ["maxPool3d", (x) => tf.maxPool3d(tf.reshape(x, [1, 1, 2, 3, 1]) as tf.Tensor5D, [1, 2, 1], 1, "valid")],
  [
    "dilation2d",
    (x) =>
      tf.dilation2d(tf.reshape(x, [2, 3, 1]) as tf.Tensor3D, tf.tensor3d([0.1, -0.2, 0.4, 0.3], [2, 2, 1]), 1, "valid"),
  ],
  ["prelu", (x) => tf.prelu(x, tf.tensor1d([0.1, 0.5, 2]))],
  ["localResponseNormalization", (x) => tf.localResponseNormalization(tf.reshape(x, [1, 1, 2, 3]) as tf.Tensor4D, 1)],
];
