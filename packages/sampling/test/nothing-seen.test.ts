import { inferenceContext, rng, trainingContext } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { attentionSampling, convAttention, convFeatures, type Picture } from "../src/index.js";

const black: Picture = {
  ...{ width: 64, height: 48 },
  read: ({ width, height }, scale = 1) => {
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
    return Promise.resolve({ width: w, height: h, data: new Uint8Array(w * h * 3) });
  },
};
const make = () =>
  attentionSampling(
    { attention: convAttention(), features: convFeatures() },
    { scale: 1 / 8, patch: [16, 16], samples: 4 },
  );

describe("a picture of zeros, as it is outside of every picture", () => {
  it("is a vector of zeros", async () => {
    const [sampler, ctx] = [make(), inferenceContext()];
    const { vectors } = sampler.estimate([await sampler.read(black, await sampler.plan(black, ctx))], ctx);
    expect(new Set(vectors.dataSync())).toEqual(new Set([0]));
  });

  it("has gradients that are numbers", async () => {
    const [sampler, ctx] = [make(), trainingContext(rng(1))];
    const seen = [await sampler.read(black, await sampler.plan(black, ctx))];
    const { grads } = tf.variableGrads(() => tf.sum(sampler.estimate(seen, ctx).vectors));
    for (const [name, slope] of Object.entries(grads)) expect(tf.all(tf.isFinite(slope)).dataSync()[0], name).toBe(1);
  });
});
