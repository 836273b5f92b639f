import { randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { linearCases } from "./linear-cases.js";

/**
 * w · (f(e_i) − f(0)) for each unit vector e_i: the gradient of w · f by definition, with nothing but forward passes.
 */
function adjoint(f: (x: tf.Tensor) => tf.Tensor, shape: number[], weights: tf.Tensor): Float32Array {
  const size = tf.util.sizeFromShape(shape);
  const constant = f(tf.zeros(shape));
  return Float32Array.from({ length: size }, (_, i) => {
    const unit = tf.tensor(Float32Array.from({ length: size }, (_, j) => Number(i === j)), shape); // prettier-ignore
    return tf.sum(tf.mul(tf.sub(f(unit), constant), weights)).dataSync()[0]!;
  });
}

describe.each(["cpu", "onnxruntime", "wasm"])("on %s, the gradient of what is linear is its adjoint:", (engine) => {
  it.each(linearCases)("%s", async (_, shape, f) => {
    await tf.setBackend(engine);
    tf.tidy(() => {
      const x = randomTensor(shape, 1);
      const weights = randomTensor(f(x).shape, 5);
      const gradient = tf.grad((y: tf.Tensor) => tf.sum(tf.mul(f(y), weights)))(x);
      const expected = adjoint(f, shape, weights);
      const scale = Math.max(...expected.map(Math.abs));
      expect(gradient.shape).toEqual(shape);
      gradient.dataSync().forEach((value, i) => expect(Math.abs(value - expected[i]!) / scale).toBeLessThan(1e-5));
    });
  });
});
