import { tripletLoss, type Distance, type TripletLossOptions } from "@fovea/losses";
import { assertClose, assertGradient, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

type Row = readonly number[];
type MiningName = NonNullable<TripletLossOptions["mining"]>;

const [batch, dim] = [11, 3];
const embeddings = randomTensor<tf.Tensor2D>([batch, dim], 1);
const labels = tf.tensor1d([4, 9, 4, -1, 9, 4, 2, 0, 9, 0, 4], "int32"); // 2 has no positive, -1 counts for nothing
const minings = ["batchHard", "batchAll", "semiHard"] as const;
const ints = (...values: number[]): tf.Tensor1D => tf.tensor1d(values, "int32");
const gradientAt = (f: (x: tf.Tensor2D) => tf.Tensor, x: tf.Tensor2D = embeddings) =>
  tf.grad((z) => f(z as tf.Tensor2D))(x);
const mean = (values: readonly number[]) =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

const between: Record<Distance, (x: Row, y: Row) => number> = {
  euclidean: (x, y) => Math.hypot(...x.map((value, i) => value - y[i]!)),
  squaredEuclidean: (x, y) => between.euclidean(x, y) ** 2,
  cosine: (x, y) => 1 - x.reduce((sum, value, i) => sum + value * y[i]!, 0) / Math.hypot(...x) / Math.hypot(...y),
};

/** The table of the doc comment, by loops over the batch. */
function enumerated(mining: MiningName, distance: Distance, margin: number, x: Row[], y: Row): number {
  const d = (i: number, j: number) => between[distance](x[i]!, x[j]!);
  const real = y.flatMap((label, i) => (label === -1 ? [] : [i]));
  const losses = real.flatMap((a) => {
    const positives = real.filter((p) => p !== a && y[p] === y[a]).map((p) => d(a, p));
    const negatives = real.filter((n) => y[n] !== y[a]).map((n) => d(a, n));
    const loss = (p: number, n: number) => Math.max(0, p - n + margin);
    if (positives.length === 0 || negatives.length === 0) return [];
    if (mining === "batchHard") return [loss(Math.max(...positives), Math.min(...negatives))];
    if (mining === "batchAll")
      return positives.flatMap((p) => negatives.map((n) => loss(p, n))).filter((value) => value > 0);
    return positives.map((p) => {
      const beyond = negatives.filter((n) => n > p);
      return loss(p, beyond.length > 0 ? Math.min(...beyond) : Math.max(...negatives));
    });
  });
  return mean(losses);
}

describeOnEngines("tripletLoss", () => {
  it.each(minings)("%s is what loops over the batch find", (mining) => {
    const [x, y] = [embeddings.arraySync(), labels.arraySync()];
    for (const distance of ["euclidean", "squaredEuclidean", "cosine"] as const)
      for (const margin of [0.2, 1]) {
        const loss = tripletLoss(embeddings, labels, { mining, distance, margin });
        assertClose(loss, enumerated(mining, distance, margin, x, y), 1e-5);
      }
  });

  it("mines the hardest of the batch by the euclidean distance and a margin of 0.2 by default", () => {
    const said = { mining: "batchHard", distance: "euclidean", margin: 0.2 } as const;
    assertClose(tripletLoss(embeddings, labels), tripletLoss(embeddings, labels, said), 0);
  });

  it("tells the minings apart on a line", () => {
    // a and p at 0 and 3, negatives at 1, 4, 9; the negatives are alone in their classes
    const line = tf.tensor2d([0, 3, 1, 4, 9], [5, 1]);
    const y = ints(0, 0, 1, 2, 3);
    const of = (mining: MiningName) => tripletLoss(line, y, { mining, margin: 2 });
    assertClose(of("batchHard"), (4 + 4) / 2, 1e-6); // 3 - 1 + 2 from 0; 3 - 1 + 2 from 3
    assertClose(of("semiHard"), (1 + 0) / 2, 1e-6); // 3 - 4 + 2 from 0; 3 - 6 + 2 < 0 from 3
    assertClose(of("batchAll"), (4 + 1 + 3 + 4) / 4, 1e-6); // from 0: 1, 4; from 3: 1 (gap 2), 4 (gap 1)
  });

  it.each(minings)("%s is the margin where all rows are one point, with a gradient of 0, not NaN", (mining) => {
    const point = tf.fill([batch, dim], 1e4) as tf.Tensor2D;
    for (const distance of ["euclidean", "squaredEuclidean", "cosine"] as const) {
      const loss = (x: tf.Tensor2D) => tripletLoss(x, labels, { mining, distance, margin: 0.7 });
      assertClose(loss(point), 0.7, 1e-5);
      assertClose(gradientAt(loss, point), tf.zeros([batch, dim]), 1e-6);
    }
  });

  it.each(minings)("%s is 0 where the classes are further apart than they are wide, by the margin", (mining) => {
    const apart = tf.add(tf.mul(embeddings, 0.01), tf.mul(tf.expandDims(labels, 1), 10)) as tf.Tensor2D;
    assertClose(tripletLoss(apart, labels, { mining }), 0, 0);
    assertClose(
      gradientAt((x) => tripletLoss(x, labels, { mining }), apart),
      tf.zeros([batch, dim]),
      0,
    );
  });

  it.each(minings)("%s has the gradient that finite differences give", (mining) => {
    const smooth = randomTensor([batch, dim], 4); // no step of the differences changes which triplets count
    for (const distance of ["euclidean", "squaredEuclidean", "cosine"] as const)
      assertGradient((x) => tripletLoss(x as tf.Tensor2D, labels, { mining, distance, margin: 1 }), [smooth], {
        epsilon: 2e-3,
      });
  });

  it("moves only one of equally hard negatives", () => {
    const twins = tf.tensor2d([0, 1, 2, 2], [4, 1]); // of two negatives at one place
    const gradient = gradientAt((x) => tripletLoss(x, ints(0, 0, 1, 2), { margin: 5 }), twins);
    const sum = tf.sum(gradient).dataSync()[0]!; // no force from outside: moving all rows changes nothing
    assertClose(sum, 0, 1e-6);
    assertClose(tf.slice(gradient, [3, 0], [1, 1]), tf.tensor2d([[0]]), 0);
  });

  it.each(minings)("%s is 0 with a gradient of 0 where no anchor has both a positive and a negative", (mining) => {
    const alone = Array.from({ length: batch }, (_, i) => i);
    for (const y of [ints(...alone), ints(...alone.map(() => 3)), ints(...alone.map(() => -1))]) {
      assertClose(tripletLoss(embeddings, y, { mining }), 0, 0);
      assertClose(
        gradientAt((x) => tripletLoss(x, y, { mining })),
        tf.zeros([batch, dim]),
        0,
      );
    }
  });

  it.each(minings)("%s lets an ignored row hold NaN", (mining) => {
    const ignored = tf.expandDims(tf.cast(tf.equal(labels, -1), "bool"), 1);
    const poisoned = tf.where(ignored, tf.fill([batch, dim], NaN), embeddings) as tf.Tensor2D;
    assertClose(tripletLoss(poisoned, labels, { mining }), tripletLoss(embeddings, labels, { mining }), 1e-6);
    const gradient = gradientAt((x) => tripletLoss(x, labels, { mining }), poisoned);
    expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
  });

  it.each(minings)("%s leaves nothing behind", (mining) => {
    assertNoLeak(() => tripletLoss(embeddings, labels, { mining }));
    assertNoLeak(() => gradientAt((x) => tripletLoss(x, labels, { mining })));
  });

  it("refuses what it does not know, and an empty batch", () => {
    expect(() => tripletLoss(embeddings, labels, { margin: 0 })).toThrow(
      "tripletLoss: expected a finite `margin` > 0, got 0.",
    );
    expect(() => tripletLoss(embeddings, labels, { mining: "hard" as "batchHard" })).toThrow(
      "tripletLoss: `mining` must be one of batchHard, batchAll, semiHard, got hard.",
    );
    expect(() => tripletLoss(embeddings, labels, { distance: "l1" as "cosine" })).toThrow(
      "tripletLoss: `distance` must be one of euclidean, squaredEuclidean, cosine, got l1.",
    );
    expect(() => tripletLoss(embeddings, tf.zeros([batch]))).toThrow("tripletLoss: expected `labels` of dtype int32");
    expect(() => tripletLoss(embeddings, ints(1))).toThrow("tripletLoss: expected `labels` of shape [batch]");
    expect(() => tripletLoss(tf.zeros([0, dim]), tf.zeros([0], "int32"))).toThrow(
      "tripletLoss: expected at least one row in `labels`, got an empty batch.",
    );
  });
});
