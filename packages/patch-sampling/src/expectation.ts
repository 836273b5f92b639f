import { matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Draw } from "./draw.js";

/**
 * The attended mean of features, estimated from a draw:
 *
 *     Φ = sum_i p_i f_i  ≈  sum_k factors_k · p_{i_k} · f_{i_k}
 *
 * Both gradients are those of Φ in expectation, and exact for a draw of all cells.
 *
 * @param attention - p of every cell, from which the draw was made, [cells]
 * @param features - f of the drawn cells, in their order, [samples, dim]
 * @returns [dim]
 */
export function expectation(attention: tf.Tensor1D, features: tf.Tensor2D, draw: Draw): tf.Tensor1D {
  matchShapes("expectation", { attention: "cells", features: `${draw.indices.length} dim` }, { attention, features });
  return tf.tidy(() => {
    const weights = tf.expandDims<tf.Tensor2D>(drawWeights(attention, draw), 0); // [1, samples]
    return tf.squeeze<tf.Tensor1D>(tf.matMul(weights, features), [0]);
  });
}

/** The weight of each drawn cell, factors_k · p_{i_k}, [samples]. @param attention - [cells] */
export function drawWeights(attention: tf.Tensor1D, draw: Draw): tf.Tensor1D {
  matchShapes("drawWeights", { attention: "cells" }, { attention });
  return tf.tidy(() => {
    const drawn = tf.gather(attention, tf.tensor1d(draw.indices, "int32"));
    return tf.mul<tf.Tensor1D>(drawn, tf.tensor1d(Float32Array.from(draw.factors)));
  });
}
