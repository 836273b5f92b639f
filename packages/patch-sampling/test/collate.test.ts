import { inferenceContext, rng, trainingContext, type LargeImage } from "@fovea/nn";
import { assertClose, assertNoLeak } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import {
  collateAttention,
  fullImage,
  toUnitRange,
  zoomIn,
  type MapInputs,
  type PatchSampler,
  type SampledPatches,
  type SamplerInputs,
  type ZoomInPlan,
} from "../src/index.js";
import { roundCount } from "../src/round-count.js";
import { noise, tinyAttention, tinyFeatures, tinySampling, tinyZoom } from "./support.js";

const learning = trainingContext(rng(1));
const still = inferenceContext();

const sampled = async (sampler: PatchSampler, image: LargeImage, seed: number, contrast = false) => {
  const ctx = trainingContext(rng(seed));
  return sampler.read(image, await sampler.plan(image, ctx, { contrast }));
};
const three = (sampler: PatchSampler, contrast = false) =>
  Promise.all([1, 2, 3].map((seed) => sampled(sampler, noise(24, 16, seed), seed, contrast)));

/** Value and gradients of an uneven sum over all that is estimated. */
function gradientsOf(sampler: PatchSampler, batch: readonly SampledPatches[]): Record<string, tf.Tensor> {
  const inputs = sampler.collate(batch, learning);
  const { value, grads } = tf.variableGrads(() => {
    const { vectors, negativeEntropy } = sampler.estimate(inputs, learning);
    const sum = tf.sum(tf.mul(vectors, tf.range(1, 1 + vectors.shape[1], 1)));
    return tf.add<tf.Scalar>(sum, tf.mul(negativeEntropy, batch.length)); // a sum over the images, too
  });
  tf.dispose(inputs);
  return { value, ...grads };
}

const secondOf = ({ stages }: SamplerInputs) =>
  stages[1]!.maps[0] as Extract<MapInputs, { readonly views: tf.Tensor5D }>;

describe("the number of maps", () => {
  it("is rounded up to two binary digits, by a half at the most", () => {
    const counts = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 16, 17, 24, 25, 96, 97, 128, 129, 255, 256];
    const expected = [1, 2, 3, 4, 6, 6, 8, 8, 12, 12, 16, 16, 24, 24, 32, 96, 128, 128, 192, 256, 256];
    expect(counts.map(roundCount)).toEqual(expected);
  });
});

describeOnEngines("maps that fill up a group", () => {
  it.each([
    ["with attention that has zeros", 400, false],
    ["with even attention", 0, false],
    ["with contrast", 3, true],
  ] as const)("change neither the estimate, the entropy nor a gradient, %s", async (_, strength, contrast) => {
    const sampler = zoomIn(
      { first: tinyAttention(3), second: tinyAttention(4, strength), features: tinyFeatures() },
      { tile: [8, 6], firstScale: 1 / 4, secondScale: 1 / 2, patch: [3, 3], samples: 3, smoothing: 0 },
    ) as PatchSampler;
    const batch = await three(sampler, contrast);
    const maps = batch.map(({ plan }) => (plan as ZoomInPlan).patchMaps.length);
    const count = maps.reduce((a, b) => a + b);
    const { views, real } = secondOf(sampler.collate(batch, learning));
    expect(views.shape[0]).toBeGreaterThan(count);
    expect([...real.dataSync()]).toEqual(Array.from({ length: views.shape[0] }, (_, i) => (i < count ? 1 : 0)));
    // alone an image has too few maps to be rounded
    for (const one of batch) expect(secondOf(sampler.collate([one], learning)).real.size).toBeLessThanOrEqual(3);
    const together = gradientsOf(sampler, batch);
    const alone = batch.map((one) => gradientsOf(sampler, [one]));
    for (const [key, value] of Object.entries(together)) {
      expect(value.dataSync().every(Number.isFinite), key).toBe(true);
      assertClose(value, tf.addN(alone.map((found) => found[key]!)), 1e-5);
    }
  });
});

describe("a batch of maps of several forms", () => {
  it("is what its images are apart, though each form is filled up", async () => {
    const sampler = tinyZoom({ secondScale: 1 / 2, samples: 3 }) as PatchSampler;
    const batch = [...(await three(sampler)), ...(await three(sampler, true))];
    const inputs = sampler.collate(batch, learning);
    expect(inputs.stages.map(({ maps }) => maps.length)).toEqual([2, 2]);
    expect(tf.sum(secondOf(inputs).real).dataSync()[0]!).toBeLessThan(secondOf(inputs).real.size);
    const together = sampler.estimate(inputs, learning);
    const apart = batch.map((one) => sampler.estimate(sampler.collate([one], learning), learning));
    assertClose(together.vectors, tf.concat(apart.map(({ vectors }) => vectors)), 1e-6);
    const entropies = apart.map(({ negativeEntropy }) => negativeEntropy);
    assertClose(together.negativeEntropy, tf.mean(tf.stack(entropies)), 1e-6);
  });
});

describe("a collated batch", () => {
  const samplers: readonly (readonly [string, () => PatchSampler])[] = [
    ["attentionSampling", () => tinySampling() as PatchSampler],
    ["zoomIn, grid", () => tinyZoom() as PatchSampler],
    ["zoomIn, map", () => tinyZoom({ first: "map" }) as PatchSampler],
    ["fullImage", () => fullImage({ features: tinyFeatures() })],
  ];

  it.each(samplers)("of %s has shapes that repeat: few of them, whatever is drawn", async (_, make) => {
    const sampler = make();
    const shapes = new Set<string>();
    for (let seed = 0; seed < 12; seed++) {
      const images = [1, 2, 3, 4].map((i) => sampled(sampler, noise(24, 16), 4 * seed + i));
      const inputs = sampler.collate(await Promise.all(images), learning);
      shapes.add(JSON.stringify(inputs, (_, part: unknown) => (part instanceof tf.Tensor ? part.shape : part)));
      tf.dispose(inputs);
    }
    expect(shapes.size).toBeLessThanOrEqual(3);
  });

  it.each(samplers)("of %s is the caller's, who frees all of it by tf.dispose", async (_, make) => {
    const sampler = make();
    const batch = await three(sampler);
    const before = tf.memory().numTensors;
    for (const ctx of [learning, still, { training: true }]) {
      const inputs = sampler.collate(batch, ctx);
      expect(tf.memory().numTensors).toBeGreaterThan(before);
      assertNoLeak(() => Object.values(sampler.estimate(inputs, still)));
      tf.dispose(inputs);
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it("is nothing to learn from if it was not collated in training", async () => {
    for (const sampler of [tinySampling(), tinyZoom()] as PatchSampler[]) {
      const inputs = sampler.collate(await three(sampler), still);
      expect(() => sampler.estimate(inputs, learning)).toThrow(
        "estimate: inputs to learn from must have been collated in training; these have no views.",
      );
    }
  });

  it("is refused once attention has been updated, and not before", async () => {
    const sampler = tinyZoom() as PatchSampler;
    const inputs = sampler.collate(await three(sampler), learning);
    sampler.estimate(inputs, learning);
    tf.tidy(() => sampler.params["second.score"]!.assign(tf.add(sampler.params["second.score"]!, 1)));
    expect(() => sampler.estimate(inputs, learning)).toThrow(
      "estimate: expected a plan that was made with the present weights of the attention network; they have been updated",
    );
    sampler.estimate(inputs, still);
  });

  it("of a sampler's own making has no tensors but those of its maps", async () => {
    const { attentionMap } = await tinySampling().plan(noise(12, 8), learning);
    const forward = (views: tf.Tensor4D) => tf.mean<tf.Tensor3D>(views, 3);
    const stage = {
      network: { ...tinyAttention(), forward },
      toTensor: toUnitRange,
      scale: 1 / 4,
      size: [3, 3],
    } as const;
    const rest = { placement: "centre", smoothing: 0, score: null } as const;
    for (const ctx of [learning, still])
      assertNoLeak(() => {
        const { maps } = collateAttention({ ...stage, ...rest }, [attentionMap], ctx);
        return tf.tensor_util.getTensorsInContainer(maps);
      });
  });

  it("may be of an attention network without weights", async () => {
    const fixed = { ...tinyAttention(), params: {}, forward: (views: tf.Tensor4D) => tf.mean<tf.Tensor3D>(views, 3) };
    const sampler = tinySampling({}, { attention: fixed }) as PatchSampler;
    const { vectors } = sampler.estimate(sampler.collate(await three(sampler), learning), learning);
    expect(vectors.shape).toEqual([3, 5]);
  });
});
