import { inferenceContext, rng, trainingContext, type LargeImage } from "@fovea/nn";
import { assertClose, assertNoLeak } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { toUnitRange, fullImage } from "../src/index.js";
import { estimate, noise, tinyFeatures } from "./support.js";

const still = inferenceContext();
const sample = async (sampler: ReturnType<typeof fullImage>, image: LargeImage) =>
  sampler.read(image, await sampler.plan(image, still));

describeOnEngines("fullImage", () => {
  it("is what the network makes of one view of all of the image", async () => {
    const image = noise(12, 8);
    const features = tinyFeatures();
    for (const scale of [1, 1 / 4]) {
      const sampler = fullImage({ features }, { scale });
      const { vectors, negativeEntropy } = estimate(sampler, [await sample(sampler, image)], still);
      const view = await image.read({ left: 0, top: 0, width: 12, height: 8 }, scale);
      assertClose(vectors, features.forward(toUnitRange([view]), still), 1e-6);
      expect(negativeEntropy.dataSync()[0]).toBe(0);
    }
  });

  it("takes images of several sizes, each by itself and in their order", async () => {
    const sampler = fullImage({ features: tinyFeatures() }, { scale: 1 / 2 });
    const sampled = await Promise.all(
      [noise(12, 8, 1), noise(6, 10, 2), noise(12, 8, 3)].map((one) => sample(sampler, one)),
    );
    const together = estimate(sampler, sampled, still).vectors;
    const apart = sampled.map((one) => estimate(sampler, [one], still).vectors);
    assertClose(together, tf.concat(apart, 0), 1e-6);
  });

  it("gives its network a gradient, and leaves nothing behind", async () => {
    const features = tinyFeatures();
    const sampler = fullImage({ features });
    const sampled = [await sample(sampler, noise(5, 4))];
    const { grads } = tf.variableGrads(() => tf.sum(estimate(sampler, sampled, trainingContext(rng(0))).vectors));
    for (const gradient of Object.values(grads)) expect(tf.max(tf.abs(gradient)).dataSync()[0]).toBeGreaterThan(0);
    assertNoLeak(() => Object.values(estimate(sampler, sampled, still)));
  });

  it("refuses a scale that is none, and no image", () => {
    expect(() => fullImage({ features: tinyFeatures() }, { scale: 0 })).toThrow(
      "fullImage: `scale` must be in (0, 1], got 0",
    );
    expect(() => estimate(fullImage({ features: tinyFeatures() }), [], still)).toThrow(
      "fullImage: expected at least one image, got none",
    );
  });
});
