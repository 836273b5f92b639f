import { inferenceContext, rng, trainingContext, type LargeImage } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import type { SamplingMode, PatchSampler } from "../src/index.js";
import { estimate, noise, tinyAttention, tinyFeatures, tinySampling, tinyZoom } from "./support.js";

const image = noise(12, 8);
const learning = trainingContext(rng(1));
const still = inferenceContext();

describe("a config", () => {
  it.each<[string, () => unknown]>([
    ["attentionSampling: `scale` must be in (0, 1], got 2.", () => tinySampling({ scale: 2 })],
    ["zoomIn: `firstScale` must be in (0, 1], got 0.", () => tinyZoom({ firstScale: 0 })],
    ["zoomIn: `secondScale` must be in (0, 1], got NaN.", () => tinyZoom({ secondScale: NaN })],
    ["`samples` must be a whole number of at least 1, got 0", () => tinySampling({ samples: 0 })],
    ["`patch height` must be a whole number of at least 1, got 0", () => tinySampling({ patch: [0, 3] })],
    ["`tile width` must be a whole number of at least 1, got 2.5", () => tinyZoom({ tile: [4, 2.5] })],
    ["zoomIn: `smoothing` must be in [0, 1), got 1.", () => tinyZoom({ smoothing: 1 })],
    ["zoomIn: `score` must be one of sum, mean, got max.", () => tinyZoom({ score: "max" as "sum" })],
    ["zoomIn: `first` must be one of grid, map, got tree.", () => tinyZoom({ first: "tree" as "map" })],
    [
      "attentionSampling: `placement` must be one of centre, corner, got center.",
      () => tinySampling({ placement: "center" as "centre" }),
    ],
  ])("is refused: %s", (message, make) => expect(make).toThrow(message));
});

describe.each<[string, () => PatchSampler]>([
  ["one stage", () => tinySampling()],
  ["two stages", () => tinyZoom()],
])("a plan in %s", (_, make) => {
  it.each<[string, Parameters<PatchSampler["plan"]>[2]]>([
    ["plan: `mode` must be one of sample, topk, exact, got top.", { mode: "top" as SamplingMode }],
    ["plan: mode `sample` needs `rng`, except in training; got none.", { mode: "sample" }],
    ["`samples` must be a whole number of at least 1, got 0", { samples: 0 }],
    ["`samples` must be a whole number of at least 1, got 2.5", { samples: 2.5 }],
  ])("is refused: %s", async (message, options) => {
    await expect(make().plan(image, still, options)).rejects.toThrow(message);
  });

  it("is nothing to learn from if it was not made in training", async () => {
    const sampler = make();
    const sampled = [await sampler.read(image, await sampler.plan(image, still))];
    expect(estimate(sampler, sampled, still).vectors.shape).toEqual([1, 5]);
    expect(() => estimate(sampler, sampled, learning)).toThrow("a plan to learn from must have been made in training");
  });

  it("is nothing to learn from once attention has been updated, in either stage, and stays one to look at", async () => {
    const sampler = make();
    const attention = Object.keys(sampler.params).filter((name) => !name.startsWith("features."));
    const update = (name: string) => sampler.params[name]!.assign(tf.add(sampler.params[name]!, 1));
    for (const name of attention) {
      const sampled = [await sampler.read(image, await sampler.plan(image, learning))];
      Object.keys(sampler.params)
        .filter((other) => other.startsWith("features."))
        .forEach(update);
      estimate(sampler, sampled, learning); // the features may have learned meanwhile
      update(name);
      expect(() => estimate(sampler, sampled, learning)).toThrow(
        "estimate: expected a plan that was made with the present weights of the attention network; they have been updated",
      );
      estimate(sampler, sampled, still);
    }
    expect(attention.length).toBeGreaterThan(0);
  });

  it("needs blocks of the size that it asks for", async () => {
    const cut: LargeImage = {
      ...image,
      async read(region, scale) {
        const block = await image.read(region, scale);
        return region.left < 0 ? { ...block, width: block.width - 1, data: block.data.slice(3 * block.height) } : block;
      },
    };
    const sampler = make();
    const plan = { ...(await sampler.plan(cut, still)), regions: [{ left: -1, top: 0, width: 3, height: 2 }] };
    await expect(sampler.read(cut, plan)).rejects.toThrow(
      'expected 3 × 2 pixels of 3 bytes for {"left":-1,"top":0,"width":3,"height":2} at scale 1, also where that is outside of ' +
        "the image; got 2 × 2 and 12 bytes.",
    );
  });

  it("needs an image", () =>
    expect(() => estimate(make(), [], still)).toThrow(": expected at least one image, got none"));
});

describe("networks", () => {
  it("must give a row a patch", async () => {
    const sampler = tinySampling({}, { features: { ...tinyFeatures(), forward: () => tf.ones<tf.Rank.R2>([1, 5]) } });
    const sampled = [await sampler.read(image, await sampler.plan(image, learning))];
    expect(() => estimate(sampler, sampled, learning)).toThrow("expected `features` of shape [2, dim], got [1, 5]");
  });

  it("must give logits a view", async () => {
    const sampler = tinySampling(
      {},
      { attention: { ...tinyAttention(), forward: () => tf.ones([1, 6]) as unknown as tf.Tensor3D } },
    );
    await expect(sampler.plan(image, still)).rejects.toThrow(
      "attention network: expected `logits` of shape [1, rows, columns], got [1, 6]",
    );
  });
});
