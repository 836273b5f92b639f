import { inferenceContext, rng, trainingContext } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import type { Mode, Picture, Sampler } from "../src/index.js";
import { noise, tinyAttention, tinyFeatures, tinySampling, tinyZoom } from "./support.js";

const picture = noise(12, 8);
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
    ["zoomIn: `score` must be sum or mean, got max.", () => tinyZoom({ score: "max" as "sum" })],
    ["zoomIn: `first` must be grid or map, got tree.", () => tinyZoom({ first: "tree" as "map" })],
    [
      "attentionSampling: `placement` must be centre or corner, got center.",
      () => tinySampling({ placement: "center" as "centre" }),
    ],
  ])("is refused: %s", (message, make) => expect(make).toThrow(message));
});

describe.each<[string, () => Sampler]>([
  ["one stage", () => tinySampling()],
  ["two stages", () => tinyZoom()],
])("a plan in %s", (_, make) => {
  it.each<[string, Parameters<Sampler["plan"]>[2]]>([
    ["plan: `mode` must be sample or topk or exact, got top.", { mode: "top" as Mode }],
    ["plan: mode `sample` needs `rng`, except in training; got none.", { mode: "sample" }],
    ["`samples` must be a whole number of at least 1, got 0", { samples: 0 }],
    ["`samples` must be a whole number of at least 1, got 2.5", { samples: 2.5 }],
  ])("is refused: %s", async (message, options) => {
    await expect(make().plan(picture, still, options)).rejects.toThrow(message);
  });

  it("is nothing to learn from if it was not made in training", async () => {
    const sampler = make();
    const seen = [await sampler.read(picture, await sampler.plan(picture, still))];
    expect(sampler.estimate(seen, still).vectors.shape).toEqual([1, 5]);
    expect(() => sampler.estimate(seen, learning)).toThrow("a plan to learn from must have been made in training");
  });

  it("needs blocks of the size that it asks for", async () => {
    const cut: Picture = {
      ...picture,
      async read(region, scale) {
        const { width, height, data } = await picture.read(region, scale);
        return region.left < 0 ? { width: width - 1, height, data: data.slice(3 * height) } : { width, height, data };
      },
    };
    const sampler = make();
    const plan = { ...(await sampler.plan(cut, still)), regions: [{ left: -1, top: 0, width: 3, height: 2 }] };
    await expect(sampler.read(cut, plan)).rejects.toThrow(
      'expected 3 × 2 pixels of 3 bytes for {"left":-1,"top":0,"width":3,"height":2} at scale 1, also where that is outside of ' +
        "the picture; got 2 × 2 and 12 bytes.",
    );
  });

  it("needs a picture", () =>
    expect(() => make().estimate([], still)).toThrow(": expected at least one picture, got none"));
});

describe("networks", () => {
  it("must give a row a patch", async () => {
    const sampler = tinySampling({}, { features: { ...tinyFeatures(), forward: () => tf.ones<tf.Rank.R2>([1, 5]) } });
    const seen = [await sampler.read(picture, await sampler.plan(picture, learning))];
    expect(() => sampler.estimate(seen, learning)).toThrow("expected `features` of shape [2, dim], got [1, 5]");
  });

  it("must give logits a view", async () => {
    const sampler = tinySampling(
      {},
      { attention: { ...tinyAttention(), forward: () => tf.ones([1, 6]) as unknown as tf.Tensor3D } },
    );
    await expect(sampler.plan(picture, still)).rejects.toThrow(
      "attention network: expected `logits` of shape [1, rows, columns], got [1, 6]",
    );
  });
});
