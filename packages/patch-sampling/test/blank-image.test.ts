import { inferenceContext, rng, trainingContext, type LargeImage } from "@fovea/nn";
import { assertClose } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { attentionSampling, convAttention, convFeatures, patchFeatures, unitRows } from "../src/index.js";
import { estimate } from "./support.js";

const black: LargeImage = {
  ...{ width: 64, height: 48 },
  read: ({ width, height }, scale = 1) => {
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
    return Promise.resolve({ width: w, height: h, channels: 3, data: new Uint8Array(w * h * 3) });
  },
};
const make = (features = convFeatures()) =>
  attentionSampling({ attention: convAttention(), features }, { scale: 1 / 8, patch: [16, 16], samples: 4 });

describe("an image of zeros, as it is outside of every image", () => {
  it("is a vector of zeros", async () => {
    const [sampler, ctx] = [make(), inferenceContext()];
    const { vectors } = estimate(sampler, [await sampler.read(black, await sampler.plan(black, ctx))], ctx);
    expect(new Set(vectors.dataSync())).toEqual(new Set([0]));
  });

  it.each([
    ["with a ReLU at the end", () => convFeatures()],
    ["with vectors on all sides of the origin", () => patchFeatures()],
  ])("has no gradients, %s", async (_, features) => {
    const [sampler, ctx] = [make(features()), trainingContext(rng(1))];
    const sampled = [await sampler.read(black, await sampler.plan(black, ctx))];
    const { grads } = tf.variableGrads(() => tf.sum(estimate(sampler, sampled, ctx).vectors));
    for (const [name, gradient] of Object.entries(grads)) expect(tf.max(tf.abs(gradient)).dataSync()[0], name).toBe(0);
  });
});

it("is a row of zeros among rows of length 1, whose gradients it leaves alone", () => {
  const x = tf.tensor2d([[3, 4], [0, 0]]); // prettier-ignore
  assertClose(unitRows(x), tf.tensor2d([[0.6, 0.8], [0, 0]]), 1e-6); // prettier-ignore
  const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.mul(unitRows(x as tf.Tensor2D), [1, 0])))(x);
  assertClose(
    gradient,
    tf.tensor2d([
      [0.128, -0.096],
      [0, 0],
    ]),
    1e-6,
  ); // (e - u <u, e>) / 5
});
