import * as tf from "@tensorflow/tfjs-core";
import type { Attrs, Inputs, Run } from "../kernels/put-kernel.js";

/** What is done to a product: `y = activation(product + bias)`. */
export interface Epilogue {
  readonly bias?: tf.Tensor | undefined;
  readonly activation: string;
  readonly preluWeights?: tf.Tensor | undefined;
  readonly leakyreluAlpha?: number | undefined;
}

type Activate = (y: tf.Tensor, epilogue: Epilogue) => tf.Tensor;

const activations: Readonly<Record<string, Activate>> = {
  linear: (y) => y,
  relu: (y) => tf.relu(y),
  relu6: (y) => tf.relu6(y),
  elu: (y) => tf.elu(y),
  sigmoid: (y) => tf.sigmoid(y),
  prelu: (y, { preluWeights }) => tf.prelu(y, preluWeights!),
  leakyrelu: (y, { leakyreluAlpha }) => tf.leakyRelu(y, leakyreluAlpha),
};

/**
 * A fused kernel without its clamp: XNNPACK's turns NaN into 0, so that a network that diverges looks well. `tf.relu`
 * does not, once completed.
 */
export function clampedAfter(inputs: Inputs, attrs: Attrs, stock: Run): tf.Tensor {
  const { activation } = attrs as { activation?: string };
  if (activation !== "relu" && activation !== "relu6") return stock(inputs, attrs);
  return tf.tidy(() => activations[activation]!(stock(inputs, { ...attrs, activation: "linear" }), { activation }));
}

/** The stock fused kernel does this once for every 48 of the inner dimension, unless it runs in XNNPACK. */
export function withEpilogue(product: tf.Tensor, epilogue: Epilogue): tf.Tensor {
  const { bias, activation } = epilogue;
  const activate = activations[activation];
  if (!activate) throw new Error(`_FusedMatMul: the wasm backend has no activation ${activation}.`);
  return tf.tidy(() => activate(bias ? tf.add(product, bias) : tf.clone(product), epilogue));
}
