import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { type Layer, inferenceContext, learnedPositions, sinusoidalPositions } from "../../src/index.js";
import { assertClose, assertNoLeak, randomTensor } from "../../src/testing/index.js";

const ctx = inferenceContext();

it("sinusoidalPositions are sines and cosines of p / 10000^(2i / dim)", () => {
  const layer = sinusoidalPositions({ tokens: 7, dim: 5 });
  const y = layer.forward(tf.zeros([1, 7, 5]), ctx).arraySync() as number[][][];
  for (let p = 0; p < 7; p++) {
    const [slow, slower] = [p / 10000 ** (2 / 5), p / 10000 ** (4 / 5)];
    assertClose(y[0]![p]!, [Math.sin(p), Math.cos(p), Math.sin(slow), Math.cos(slow), Math.sin(slower)], 1e-6);
  }
  expect(layer.params).toEqual({});
});

it("sines turn by a fixed angle from each position to the next", () => {
  const y = sinusoidalPositions({ tokens: 9, dim: 2 }).forward(tf.zeros([1, 9, 2]), ctx);
  const turn = tf.tensor2d([Math.cos(1), -Math.sin(1), Math.sin(1), Math.cos(1)], [2, 2]);
  const [first, rest] = [tf.slice(y, [0, 0, 0], [1, 8, 2]), tf.slice(y, [0, 1, 0], [1, 8, 2])];
  assertClose(tf.matMul(tf.reshape(first, [8, 2]), turn), tf.reshape(rest, [8, 2]));
});

it("learnedPositions adds its param to every sample", () => {
  const layer = learnedPositions({ tokens: 3, dim: 2, seed: 4 });
  const x = randomTensor([5, 3, 2]);
  assertClose(tf.sub(layer.forward(x, ctx), x), tf.tile(tf.expandDims(layer.params["position"]!, 0), [5, 1, 1]));
  expect(Object.keys(layer.params)).toEqual(["position"]);
});

it("a factory in a tidy keeps what it needs, and dispose frees it", () => {
  let layer!: Layer;
  tf.tidy(() => void (layer = sinusoidalPositions({ tokens: 3, dim: 2 })));
  assertClose(layer.forward(tf.zeros([1, 3, 2]), ctx), [0, 1, Math.sin(1), Math.cos(1), Math.sin(2), Math.cos(2)]);
  assertNoLeak(() => sinusoidalPositions({ tokens: 3, dim: 2 }).dispose());
});

it("refuse another number of tokens", () => {
  expect(() => learnedPositions({ tokens: 3, dim: 2 }).forward(tf.zeros([1, 4, 2]), ctx)).toThrow(
    "learnedPositions: expected `x` of shape [batch, 3, 2], got [1, 4, 2].",
  );
  expect(() => sinusoidalPositions({ tokens: 0, dim: 2 })).toThrow("sinusoidalPositions: `tokens` must be");
});
