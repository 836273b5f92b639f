import { pairwiseConfusion, type PairwiseConfusionOptions } from "@fovea/losses";
import { assertClose, assertGradient, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

const [batch, classes] = [6, 5];
const logits = randomTensor<tf.Tensor2D>([batch, classes], 1);
const labels = tf.tensor1d([3, 0, -1, 3, 2, 0], "int32");
const ints = (...values: number[]): tf.Tensor1D => tf.tensor1d(values, "int32");
const gradientAt = (f: (z: tf.Tensor2D) => tf.Tensor, x: tf.Tensor2D = logits) =>
  tf.grad((z) => f(z as tf.Tensor2D))(x);
const variants: PairwiseConfusionOptions[] = (["all", "halves"] as const).flatMap((pairs) =>
  (["squaredEuclidean", "euclidean"] as const).map((distance) => ({ pairs, distance })),
);

function enumerated(y: readonly number[] | null, { pairs, distance }: PairwiseConfusionOptions): number {
  const p = (tf.softmax(logits) as tf.Tensor2D).arraySync();
  const values: number[] = [];
  for (let i = 0; i < batch; i++)
    for (let j = i + 1; j < batch; j++) {
      const paired = pairs === "all" || j - i === batch / 2;
      const counted = !y || (y[i] !== -1 && y[j] !== -1 && y[i] !== y[j]);
      const length = Math.hypot(...p[i]!.map((value, c) => value - p[j]![c]!));
      if (paired && counted) values.push(distance === "euclidean" ? length : length ** 2);
    }
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describeOnEngines("pairwiseConfusion", () => {
  it.each(variants)("is what loops over the pairs find: %o", (options) => {
    const y = ints(3, 0, 1, -1, 2, 1);
    assertClose(pairwiseConfusion(logits, y, options), enumerated(y.arraySync(), options), 1e-6);
    assertClose(pairwiseConfusion(logits, null, options), enumerated(null, options), 1e-6);
  });

  it("takes the paper's squared distance of all pairs by default", () => {
    const said = { pairs: "all", distance: "squaredEuclidean" } as const;
    assertClose(pairwiseConfusion(logits, labels), pairwiseConfusion(logits, labels, said), 0);
  });

  it("is 0 where all predictions are equal, and 2 (or √2) between two that are sure", () => {
    const sure = tf.tensor2d([1e4, -1e4, -1e4, 1e4], [2, 2]);
    for (const options of variants) {
      const confusion = (z: tf.Tensor2D) => pairwiseConfusion(z, null, options);
      assertClose(confusion(tf.ones([batch, classes])), 0, 0);
      assertClose(gradientAt(confusion, tf.ones([batch, classes])), tf.zeros([batch, classes]), 0);
      assertClose(confusion(sure), options.distance === "euclidean" ? Math.SQRT2 : 2, 1e-6);
      assertClose(gradientAt(confusion, sure), tf.zeros([2, 2]), 1e-6);
    }
  });

  it("of all pairs is the mean of the halves over every order of the rows", () => {
    const four = tf.slice(logits, 0, 4);
    const orders = [
      [0, 1, 2, 3],
      [0, 2, 1, 3],
      [0, 1, 3, 2],
    ] as const; // the three ways to pair four rows
    const halves = orders.map((order) => pairwiseConfusion(tf.gather(four, ints(...order)), null, { pairs: "halves" }));
    assertClose(pairwiseConfusion(four), tf.div(tf.addN(halves), 3), 1e-6);
  });

  it("has the gradient that finite differences give", () => {
    for (const options of variants)
      assertGradient((z) => pairwiseConfusion(z as tf.Tensor2D, ints(3, 0, 1, -1, 2, 1), options), [logits], {
        tolerance: 2e-3,
      });
  });

  it("is 0 with a gradient of 0 where no pair is of two classes", () => {
    for (const y of [ints(1, 1, 1, 1, 1, 1), ints(-1, -1, -1, 0, -1, -1)]) {
      assertClose(pairwiseConfusion(logits, y), 0, 0);
      assertClose(
        gradientAt((z) => pairwiseConfusion(z, y)),
        tf.zeros([batch, classes]),
        0,
      );
    }
    assertClose(pairwiseConfusion(tf.ones([1, classes])), 0, 0);
  });

  it("lets an ignored row hold NaN", () => {
    const ignored = tf.expandDims(tf.cast(tf.equal(labels, -1), "bool"), 1);
    const poisoned = tf.where(ignored, tf.fill([batch, classes], NaN), logits) as tf.Tensor2D;
    assertClose(pairwiseConfusion(poisoned, labels), pairwiseConfusion(logits, labels), 1e-6);
    expect(
      gradientAt((z) => pairwiseConfusion(z, labels), poisoned)
        .dataSync()
        .every(Number.isFinite),
    ).toBe(true);
  });

  it("leaves nothing behind", () => {
    assertNoLeak(() => pairwiseConfusion(logits, labels));
    assertNoLeak(() => gradientAt((z) => pairwiseConfusion(z, labels, { pairs: "halves", distance: "euclidean" })));
  });

  it("refuses halves of an odd batch, what it does not know, and an empty batch", () => {
    expect(() => pairwiseConfusion(tf.zeros([3, classes]), null, { pairs: "halves" })).toThrow(
      'pairwiseConfusion: `pairs` "halves" needs an even batch, got 3 rows of `logits`.',
    );
    expect(() => pairwiseConfusion(logits, null, { pairs: "some" as "all" })).toThrow(
      "pairwiseConfusion: `pairs` must be one of halves, all, got some.",
    );
    expect(() => pairwiseConfusion(logits, null, { distance: "cosine" as "euclidean" })).toThrow(
      "pairwiseConfusion: `distance` must be one of squaredEuclidean, euclidean, got cosine.",
    );
    expect(() => pairwiseConfusion(logits, ints(0, 0, 0, 0, 0, 5))).toThrow("pairwiseConfusion: expected `labels` in");
    expect(() => pairwiseConfusion(tf.zeros([0, classes]))).toThrow(
      "pairwiseConfusion: expected at least one row in `logits`, got an empty batch.",
    );
  });
});
