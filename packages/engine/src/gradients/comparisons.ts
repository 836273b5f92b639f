import * as tf from "@tensorflow/tfjs-core";

const zeroOf = (x: tf.Tensor): tf.Tensor => tf.zeros(x.shape);

/**
 * Steps have no slope. tfjs knows this of `greaterEqual` alone; with any other comparison of a tensor by which one
 * differentiates it throws, even where the result counts for nothing.
 */
export const comparisonGradients: readonly tf.GradConfig[] = [
  ...[tf.Equal, tf.NotEqual, tf.Greater, tf.Less, tf.LessEqual, tf.LogicalAnd, tf.LogicalOr].map((kernelName) => ({
    kernelName,
    inputsToSave: ["a", "b"],
    gradFunc: (_: unknown, [a, b]: tf.Tensor[]) => ({ a: () => zeroOf(a!), b: () => zeroOf(b!) }),
  })),
  {
    kernelName: tf.LogicalNot,
    inputsToSave: ["x"],
    gradFunc: (_, [x]) => ({ x: () => zeroOf(x!) }),
  },
];
