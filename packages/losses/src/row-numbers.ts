import * as tf from "@tensorflow/tfjs-core";

/** 0, 1, … `rows` − 1 as [rows], int32. A constant: `tf.range` has no native kernel on every engine. */
export const rowNumbers = (rows: number): tf.Tensor1D => tf.tensor1d(Int32Array.from({ length: rows }, (_, i) => i));
