import * as tf from "@tensorflow/tfjs-core";

/** 0, 1, … `items` − 1 as [items], float32. `tf.range` has no native kernel on every engine; a constant needs none. */
export const places = (items: number): tf.Tensor1D => tf.tensor1d(Array.from({ length: items }, (_, i) => i));
