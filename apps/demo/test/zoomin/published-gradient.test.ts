import { rng, trainingContext } from "@fovea/nn";
import { assertClose } from "@fovea/nn/testing";
import { attentionSampling, convAttention, convFeatures, type Picture } from "@fovea/sampling";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { publishedGradient, publishedSlopes } from "../../src/zoomin/published-gradient.js";

/** Bytes that depend on the place alone. */
const picture: Picture = {
  width: 40,
  height: 24,
  read({ left, top, width, height }, scale = 1) {
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
    const data = Uint8Array.from({ length: w * h * 3 }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return (37 * (left + (pixel % w) / scale) + 59 * (top + Math.floor(pixel / w) / scale) + 83 * (i % 3)) % 256;
    });
    return Promise.resolve({ width: w, height: h, data });
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
  const seen = [await right.read(picture, await right.plan(picture, ctx))];
  const slopesOf = ({ estimate }: typeof right) =>
    tf.variableGrads(() => tf.sum(tf.mul(estimate(seen, ctx).vectors, tf.range(1, 5, 1))));
  const [ours, theirs] = [slopesOf(right), slopesOf(published)];
  assertClose(theirs.value, ours.value, 1e-5);
  for (const { name } of Object.values(parts.features.params))
    assertClose(theirs.grads[name]!, ours.grads[name]!, 1e-5);
  const apart = Object.values(parts.attention.params).map(
    ({ name }) => tf.norm(tf.sub(theirs.grads[name]!, ours.grads[name]!)).dataSync()[0]!,
  );
  expect(Math.max(...apart)).toBeGreaterThan(1e-3);
});

it("weighs as the formula says, written out for three draws", () => {
  const [a, b, c] = [0.5, 0.2, 0.1];
  const [r2, r3] = [1 - a, 1 - a - b];
  const expected = [
    [1 / a, 0, 0],
    [(r2 / b) * a + 1, (r2 / b) * r2 - 1, 0],
    [(r3 / c) * a + 1, (r3 / c) * b + 1, (r3 / c) * r3 - 2],
  ];
  publishedSlopes([a, b, c]).forEach((row, j) =>
    row.forEach((weight, k) => expect(weight).toBeCloseTo(expected[j]![k]! / 3, 12)),
  );
});
