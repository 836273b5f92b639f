import { assertClose, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { clipByGlobalNorm, globalNorm } from "../../src/index.js";

it("takes all gradients as one vector: 3, 4 and 12 make 13", () => {
  expect(globalNorm({ a: tf.tensor1d([3, 4]), b: tf.tensor2d([[12]]) })).toBe(13);
});

it("shortens to the norm asked for and keeps the direction", () => {
  const gradients = { a: randomTensor([5, 7], 1), b: randomTensor([11], 2) };
  const norm = globalNorm(gradients);
  const clipped = clipByGlobalNorm(gradients, 0.5);
  expect(globalNorm(clipped)).toBeCloseTo(0.5, 5);
  assertClose(clipped.b, tf.mul(gradients.b, 0.5 / norm), 1e-6);
});

it("leaves short ones as they are, to the bit, and zero ones zero", () => {
  const gradients = { a: randomTensor([5, 7], 1), b: tf.zeros([3]) };
  expect(clipByGlobalNorm(gradients, 1e3).a.dataSync()).toEqual(gradients.a.dataSync());
  expect(globalNorm(clipByGlobalNorm({ b: gradients.b }, 1))).toBe(0);
});

it("is not finite exactly if a gradient is not", () => {
  expect(globalNorm({ a: tf.tensor1d([1, NaN]) })).toBeNaN();
  expect(globalNorm({ a: tf.tensor1d([1, -Infinity]) })).toBe(Infinity);
});

it("leaks nothing and refuses norms that are none", () => {
  const gradients = { a: randomTensor([5, 7], 1) };
  assertNoLeak(() => clipByGlobalNorm(gradients, 0.1));
  assertNoLeak(() => clipByGlobalNorm(gradients, 1e9));
  expect(() => clipByGlobalNorm(gradients, 0)).toThrow("clipByGlobalNorm: `maxNorm` must be above 0, got 0.");
});
