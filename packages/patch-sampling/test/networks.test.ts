import { countParams, inferenceContext, type ImageEncoder } from "@fovea/nn";
import { assertClose, moduleContract, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { convAttention, convFeatures, encoderFeatures, patchFeatures } from "../src/index.js";

const still = inferenceContext();
const gradient = { epsilon: 1e-3, tolerance: 3e-2 }; // ReLUs have kinks

describe("convAttention", () => {
  for (const check of moduleContract({
    make: () => convAttention({ channels: 4, seed: 1 }),
    input: () => randomTensor([2, 5, 7, 3], 1),
    forward: (network, x, ctx) => network.forward(x as tf.Tensor4D, ctx),
    gradient,
  }))
    it(check.name, check.run);

  it("has a cell a pixel, and the weights of the authors' network", () => {
    const network = convAttention();
    expect(network.forward(tf.zeros([2, 5, 7, 3]), still).shape).toEqual([2, 5, 7]);
    expect(countParams(network)).toBe(9 * 3 * 8 + 8 + 9 * 8 * 8 + 8 + 9 * 8 + 1);
    network.dispose();
  });

  it("has fewer cells with strides, which are those of the same network without them", () => {
    const coarse = convAttention({ strides: [1, 1, 2], seed: 3 });
    const fine = convAttention({ seed: 3 });
    const views = randomTensor<tf.Tensor4D>([2, 6, 10, 3], 4);
    const every = tf.stridedSlice(fine.forward(views, still), [0, 0, 0], [2, 6, 10], [1, 2, 2]);
    assertClose(coarse.forward(views, still), every, 1e-5);
    expect(convAttention({ strides: [2, 2, 1] }).forward(views, still).shape).toEqual([2, 2, 3]);
  });
});

describe("convFeatures", () => {
  for (const check of moduleContract({
    make: () => convFeatures({ channels: [4, 5], kernel: 3, seed: 1 }),
    input: () => randomTensor([2, 8, 12, 3], 2),
    forward: (network, x, ctx) => network.forward(x as tf.Tensor4D, ctx),
    gradient,
  }))
    it(check.name, check.run);

  it("has 48 numbers a patch, and the weights of the authors' network", () => {
    const network = convFeatures();
    expect(network.forward(tf.zeros([2, 27, 27, 3]), still).shape).toEqual([2, 48]);
    expect(countParams(network)).toBe(25 * 3 * 36 + 36 + 25 * 36 * 48 + 48);
    network.dispose();
  });
});

describe("patchFeatures", () => {
  for (const check of moduleContract({
    make: () => patchFeatures({ channels: [4, 5], dim: 3, stem: 2, seed: 1 }),
    input: () => randomTensor([3, 8, 12, 3], 9),
    forward: (network, x, ctx) => network.forward(x as tf.Tensor4D, ctx),
    gradient,
  }))
    it(check.name, check.run);

  it("has `dim` numbers a patch, and weights that can be counted", () => {
    const network = patchFeatures();
    expect(network.forward(tf.zeros([2, 64, 64, 3]), still).shape).toEqual([2, 64]);
    const convolutions = 16 * 3 * 32 + 9 * 32 * 32 + 4 * 32 * 64 + 9 * 64 * 64 + 64 * 64;
    expect(countParams(network)).toBe(convolutions + 2 * (2 * 32 + 3 * 64));
    network.dispose();
  });

  it("sees nothing beyond the last full window", () => {
    const network = patchFeatures({ channels: [4], dim: 3, stem: 4 });
    const patches = randomTensor<tf.Tensor4D>([2, 11, 9, 3], 6);
    const full = tf.slice(patches, 0, [2, 8, 8, 3]);
    assertClose(network.forward(patches, still), network.forward(full, still), 1e-6);
  });
});

it("encoderFeatures is the encoder's vector", () => {
  const vector = (x: tf.Tensor4D) => tf.mean(x, [1, 2]) as tf.Tensor2D;
  const encoder = {
    inChannels: 3,
    params: {},
    buffers: {},
    dispose: () => undefined,
    vector,
  } as unknown as ImageEncoder;
  const patches = randomTensor<tf.Tensor4D>([2, 4, 4, 3], 3);
  assertClose(encoderFeatures(encoder).forward(patches, still), vector(patches), 0);
  expect(() => encoderFeatures(encoder).forward(tf.zeros([2, 4, 4, 1]), still)).toThrow(
    "encoderFeatures: expected `patches`",
  );
});

it.each([
  [() => convAttention({ channels: 0 }), "convAttention: `channels` must be a whole number of at least 1, got 0"],
  [
    () => convAttention({ strides: [1, 0, 1] }),
    "convAttention: `strides[1]` must be a whole number of at least 1, got 0",
  ],
  [() => patchFeatures({ stem: 0 }), "patchFeatures: `stem` must be a whole number of at least 1, got 0"],
  [() => convFeatures({ channels: [4, 0] }), "convFeatures: `channels 1` must be a whole number of at least 1, got 0"],
])("refuses sizes that cannot be", (make, message) => expect(make).toThrow(message));
