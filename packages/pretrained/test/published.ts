import * as tf from "@tensorflow/tfjs-core";
import { weightsOf, type Module } from "@fovea/nn";

/** The weights of a module as PyTorch would save them, with its counters of batches. The caller disposes them. */
export function published(module: Module): Record<string, tf.Tensor> {
  const tensors = Object.entries(weightsOf(module)).flatMap(([key, weight]): [string, tf.Tensor][] => {
    const axes = weight.rank === 4 ? [3, 2, 0, 1] : weight.rank === 2 ? [1, 0] : undefined;
    const tensor = axes ? tf.transpose(weight, axes) : tf.clone(weight);
    const counter = key.replace(/running_mean$/, "num_batches_tracked");
    return [[key, tensor], ...(counter === key ? [] : [[counter, tf.scalar(7, "int32")] as [string, tf.Tensor]])];
  });
  return Object.fromEntries(tensors);
}
