import * as tf from "@tensorflow/tfjs-core";

const zeroOf = (x: tf.Tensor): tf.Tensor => tf.zeros(x.shape);

/**
 * The derivative of a step is 0. tfjs knows this of `greaterEqual` alone; with any other comparison of a tensor by
 * which one differentiates it throws, even where the result counts for nothing. Its gradient of `floorDiv` is that of a
 * division, and that of a cast to integers or bools the identity. The inputs are kept until then, for their shapes.
 */
export const stepGradients: readonly tf.GradConfig[] = [
  ...[tf.Equal, tf.NotEqual, tf.Greater, tf.Less, tf.LessEqual, tf.LogicalAnd, tf.LogicalOr, tf.FloorDiv].map(
    (kernelName) => ({
      kernelName,
      inputsToSave: ["a", "b"],
      gradFunc: (_: unknown, [a, b]: tf.Tensor[]) => ({ a: () => zeroOf(a!), b: () => zeroOf(b!) }),
    }),
  ),
  ...[tf.LogicalNot, tf.All, tf.Any].map((kernelName) => ({
    kernelName,
    inputsToSave: ["x"],
    gradFunc: (_: unknown, [x]: tf.Tensor[]) => ({ x: () => zeroOf(x!) }),
  })),
  {
    kernelName: tf.Cast,
    gradFunc: (dy, _, { dtype }) => ({
      x: () => (dtype === "float32" ? tf.cast(dy as tf.Tensor, "float32") : tf.zeros((dy as tf.Tensor).shape)),
    }),
  },
];
