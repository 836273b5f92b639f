import * as tf from "@tensorflow/tfjs-core";

/** A tensor whose numbers `fill` makes anew before each run of a compiled function. */
export const hostTensor = (shape: number[], fill: () => Float32Array): tf.Tensor =>
  tf.engine().runKernel("HostTensor", {}, { shape, dtype: "float32", fill } as never);

/** Looks at the numbers of `x` in each run of a compiled function. */
export const hostCheck = (x: tf.Tensor, check: (values: ArrayLike<number>) => void): void =>
  tf.tidy(() => void tf.engine().runKernel("HostCheck", { x }, { check } as never));
