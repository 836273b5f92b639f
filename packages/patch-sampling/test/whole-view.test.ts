import { inferenceContext, rng, trainingContext } from "@fovea/nn";
import { assertClose, assertNoLeak } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { toUnitRange, wholeView, type Picture } from "../src/index.js";
import { noise, tinyFeatures } from "./support.js";

const still = inferenceContext();
const look = async (sampler: ReturnType<typeof wholeView>, picture: Picture) =>
  sampler.read(picture, await sampler.plan(picture, still));

describeOnEngines("wholeView", () => {
  it("is what the network makes of one view of all of the picture", async () => {
    const picture = noise(12, 8);
    const features = tinyFeatures();
    for (const scale of [1, 1 / 4]) {
      const sampler = wholeView({ features }, { scale });
      const { vectors, negativeEntropy } = sampler.estimate([await look(sampler, picture)], still);
      const view = await picture.read({ left: 0, top: 0, width: 12, height: 8 }, scale);
      assertClose(vectors, features.forward(toUnitRange([view]), still), 1e-6);
      expect(negativeEntropy.dataSync()[0]).toBe(0);
    }
  });

  it("takes pictures of several sizes, each by itself and in their order", async () => {
    const sampler = wholeView({ features: tinyFeatures() }, { scale: 1 / 2 });
    const seen = await Promise.all(
      [noise(12, 8, 1), noise(6, 10, 2), noise(12, 8, 3)].map((one) => look(sampler, one)),
    );
    const together = sampler.estimate(seen, still).vectors;
    const apart = seen.map((one) => sampler.estimate([one], still).vectors);
    assertClose(together, tf.concat(apart, 0), 1e-6);
  });

  it("gives its network a gradient, and leaves nothing behind", async () => {
    const features = tinyFeatures();
    const sampler = wholeView({ features });
    const seen = [await look(sampler, noise(5, 4))];
    const { grads } = tf.variableGrads(() => tf.sum(sampler.estimate(seen, trainingContext(rng(0))).vectors));
    for (const gradient of Object.values(grads)) expect(tf.max(tf.abs(gradient)).dataSync()[0]).toBeGreaterThan(0);
    assertNoLeak(() => Object.values(sampler.estimate(seen, still)));
  });

  it("refuses a scale that is none, and no picture", () => {
    expect(() => wholeView({ features: tinyFeatures() }, { scale: 0 })).toThrow(
      "wholeView: `scale` must be in (0, 1], got 0",
    );
    expect(() => wholeView({ features: tinyFeatures() }).estimate([], still)).toThrow(
      "wholeView: expected at least one picture, got none",
    );
  });
});
