import { rng, trainingContext, type LargeImage } from "@fovea/nn";
import { assertClose } from "@fovea/nn/testing";
import {
  attentionSampling,
  convAttention,
  convFeatures,
  toUnitRange,
  unitRows,
  type AttentionSamplingPlan,
} from "@fovea/patch-sampling";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { publishedGradient, publishedDerivatives } from "../../src/zoomin/published-gradient.js";

/** Bytes that depend on the place alone. */
const image: LargeImage = {
  width: 40,
  height: 24,
  read({ left, top, width, height }, scale = 1) {
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
    const data = Uint8Array.from({ length: w * h * 3 }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return (37 * (left + (pixel % w) / scale) + 59 * (top + Math.floor(pixel / w) / scale) + 83 * (i % 3)) % 256;
    });
    return Promise.resolve({ width: w, height: h, channels: 3, data });
  },
};

it("is the right estimate with the right gradient for features, and the published one for attention", async () => {
  const parts = {
    attention: convAttention({ channels: 3, seed: 1 }),
    features: convFeatures({ channels: [4], seed: 2 }),
  };
  const config = { scale: 1 / 4, patch: [8, 8], samples: 3, smoothing: 0 } as const;
  const [right, published] = [attentionSampling(parts, config), publishedGradient(parts, config)];
  const ctx = trainingContext(rng(3));
  const seen = [await right.read(image, await right.plan(image, ctx))];
  const gradientsOf = ({ collate, estimate }: typeof right) =>
    tf.variableGrads(() => tf.sum(tf.mul(estimate(collate(seen, ctx), ctx).vectors, tf.range(1, 5, 1))));
  const [ours, theirs] = [gradientsOf(right), gradientsOf(published)];
  assertClose(theirs.value, ours.value, 1e-5);
  for (const { name } of Object.values(parts.features.params))
    assertClose(theirs.grads[name]!, ours.grads[name]!, 1e-5);
  const { plan, patches } = seen[0]!;
  const units = unitRows(parts.features.forward(toUnitRange(patches), ctx));
  const given = givenOf(plan, tf.matMul(units, tf.tensor2d([1, 2, 3, 4], [4, 1])).dataSync());
  const { grads } = tf.variableGrads(() => {
    const logits = parts.attention.forward(toUnitRange(plan.attentionMap.views), ctx);
    return tf.sum(tf.mul(tf.softmax(tf.reshape(logits, [-1])), given));
  });
  const names = Object.values(parts.attention.params).map(({ name }) => name);
  for (const name of names) assertClose(theirs.grads[name]!, grads[name]!, 1e-4);
  const apart = names.map((name) => tf.norm(tf.sub(theirs.grads[name]!, ours.grads[name]!)).dataSync()[0]!);
  expect(Math.max(...apart)).toBeGreaterThan(1e-3);
});

it("takes images of several sizes at once, each as it is taken alone", async () => {
  const parts = {
    attention: convAttention({ channels: 3, seed: 1 }),
    features: convFeatures({ channels: [4], seed: 2 }),
  };
  const { collate, estimate, plan, read } = publishedGradient(parts, { scale: 1 / 4, patch: [8, 8], samples: 3 });
  const images = [image, { ...image, width: 24, height: 56 }, { ...image, width: 40 }];
  const ctx = trainingContext(rng(3));
  const seen = await Promise.all(images.map(async (image) => read(image, await plan(image, ctx))));
  const gradients = (these: typeof seen) =>
    tf.variableGrads(() => tf.sum(tf.mul(estimate(collate(these, ctx), ctx).vectors, tf.range(1, 5, 1))));
  const together = gradients(seen);
  const alone = seen.map((one) => gradients([one]));
  assertClose(together.value, tf.addN(alone.map(({ value }) => value)), 1e-5);
  for (const [name, grad] of Object.entries(together.grads))
    assertClose(grad, tf.addN(alone.map(({ grads }) => grads[name]!)), 1e-4);
});

/**
 * What the published formula gives each cell.
 *
 * @param derivatives - of the loss with respect to the attention of each drawn cell
 */
function givenOf(
  { attentionMap: { attention, draw } }: AttentionSamplingPlan,
  derivatives: ArrayLike<number>,
): Float32Array {
  const given = new Float32Array(attention.length);
  publishedDerivatives(Array.from(draw.indices, (i) => attention[i]!)).forEach((row, j) => {
    given[draw.indices[j]!] = row.reduce((sum, weight, k) => sum + weight * derivatives[k]!, 0);
  });
  return given;
}

it("weighs as the formula says, written out for three draws", () => {
  const [a, b, c] = [0.5, 0.2, 0.1];
  const [r2, r3] = [1 - a, 1 - a - b];
  const expected = [
    [1 / a, 0, 0],
    [(r2 / b) * a + 1, (r2 / b) * r2 - 1, 0],
    [(r3 / c) * a + 1, (r3 / c) * b + 1, (r3 / c) * r3 - 2],
  ];
  publishedDerivatives([a, b, c]).forEach((row, j) =>
    row.forEach((weight, k) => expect(weight).toBeCloseTo(expected[j]![k]! / 3, 12)),
  );
});
