import { pixelsSource, processedBatches, type TileSource } from "@fovea/data";
import { addLosses, crossEntropy } from "@fovea/losses";
import { rng, trainingContext } from "@fovea/nn";
import { convAttention, patchFeatures } from "@fovea/patch-sampling";
import { adamW, constant, fit, paramGroups } from "@fovea/train";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { attentionSamplingClassifier, zoomInClassifier } from "../src/index.js";

const SIDE = 60;

/** A grey image with a spot, somewhere, whose brightness is the class. */
function spotted(index: number): { source: TileSource; label: number } {
  const label = index % 2;
  const [left, top] = rng(7).split("spot", index).uint32(2);
  const data = new Uint8Array(3 * SIDE * SIDE).fill(128);
  for (let y = 0; y < 24; y++)
    for (let x = 0; x < 24; x++) {
      const at = 3 * (((top! % 36) + y) * SIDE + (left! % 36) + x);
      data.fill(label === 0 ? 0 : 255, at, at + 3);
    }
  return { source: pixelsSource({ width: SIDE, height: SIDE, channels: 3, data }), label };
}

const networks = {
  attention: () => convAttention({ channels: 4, seed: 1 }),
  features: () => patchFeatures({ channels: [8], dim: 8, seed: 2 }),
};
const models = {
  attentionSamplingClassifier: () =>
    attentionSamplingClassifier(
      { classes: 2, dim: 8, scale: 1 / 4, patch: [16, 16], samples: 4 },
      { attention: networks.attention(), features: networks.features() },
    ),
  zoomInClassifier: () =>
    zoomInClassifier(
      { ...{ classes: 2, dim: 8, tile: [30, 30], firstScale: 1 / 6, secondScale: 1 / 3, patch: [16, 16], samples: 4 } },
      { first: networks.attention(), second: networks.attention(), features: networks.features() },
    ),
};

/** Trains for some steps. @returns the losses */
async function train(make: () => ReturnType<(typeof models)["attentionSamplingClassifier"]>, prefetch: number) {
  const model = make();
  const images = Array.from({ length: 16 }, (_, i) => spotted(i));
  const sample = (image: TileSource, step: number, i: number) =>
    model.sample(image, trainingContext(rng(0).split(step, i)));
  try {
    const { steps } = await fit({
      module: model,
      batches: processedBatches(images, sample, {
        batch: 8,
        collate: (patches) => model.collate(patches, { training: true }),
      }),
      prefetch,
      loss: ({ inputs, labels }, ctx) => {
        const { logits, negativeEntropy } = model.forward(inputs, ctx);
        return addLosses({ class: crossEntropy(logits, labels), entropy: tf.mul<tf.Scalar>(negativeEntropy, 0.01) });
      },
      optimizer: paramGroups(adamW(), { "head.": { learningRateFactor: 10 } }),
      schedule: constant(0.01),
      steps: 40,
      callbacks: [{ onStep: ({ eager }) => expect(eager).toBeUndefined() }], // compiled, where the engine can
    });
    return steps["loss/class"]!;
  } finally {
    model.dispose();
  }
}

describe.each(Object.entries(models))("%s", (_, make) => {
  const build = make as (typeof models)["attentionSamplingClassifier"];

  it("learns with fit, by plans of the present weights", async () => {
    const before = tf.memory().numTensors;
    const losses = await train(build, 0);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(-8))).toBeLessThan(0.7 * mean(losses.slice(0, 8)));
    expect(tf.memory().numTensors).toBe(before);
  });

  it("is refused a plan that was made before the last step, which `fit` makes with `prefetch` above 0", async () => {
    await expect(train(build, 1)).rejects.toThrow(
      "estimate: expected a plan that was made with the present weights of the attention network",
    );
  });
});
