import { rng } from "@fovea/nn";
import { assertClose, assertGradient, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { drawWithoutReplacement, drawWithReplacement, factorsOf, takeAll, type Draw } from "../src/draw.js";
import { expectation } from "../src/expectation.js";
import { combinations, ordered } from "./enumerate.js";

const [cells, dim] = [5, 3];
const logits = randomTensor<tf.Tensor1D>([cells], 1);
const features = randomTensor<tf.Tensor2D>([cells, dim], 2); // of every cell
const upstream = randomTensor<tf.Tensor1D>([dim], 3);
const attentionOf = (x: tf.Tensor) => tf.softmax(tf.mul(x, 1.5)) as tf.Tensor1D;
const p = Array.from(tf.tidy(() => attentionOf(logits).dataSync()));
const exact = (x: tf.Tensor, f: tf.Tensor) => tf.sum(tf.mul(tf.expandDims(attentionOf(x), 1), f), 0);
const drawnOf = (f: tf.Tensor, draw: Draw) => tf.gather(f, tf.tensor1d(draw.indices, "int32")) as tf.Tensor2D;
const estimate = (x: tf.Tensor, f: tf.Tensor, draw: Draw) => expectation(attentionOf(x), drawnOf(f, draw), draw);
const ones = (n: number) => new Int32Array(n).fill(1);

interface Weighted {
  readonly draw: Draw;
  readonly probability: number;
}
const without = (n: number): Weighted[] =>
  ordered(p, n).map(({ order, probability }) => ({
    probability,
    draw: { indices: Int32Array.from(order), factors: factorsOf(p, order), times: ones(n) },
  }));
const withReplacement = (n: number): Weighted[] =>
  combinations(p, n).map(({ order, probability }) => {
    const indices = [...new Set(order)];
    const times = indices.map((i) => order.filter((x) => x === i).length);
    const factors = indices.map((i, k) => times[k]! / (n * p[i]!));
    return {
      probability,
      draw: { indices: Int32Array.from(indices), factors: Float64Array.from(factors), times: Int32Array.from(times) },
    };
  });

/** E[ what(draw) ], entry by entry. */
function expected(draws: readonly Weighted[], what: (draw: Draw) => tf.Tensor): Float64Array {
  const total = new Float64Array(what(draws[0]!.draw).size);
  for (const { draw, probability } of draws)
    what(draw)
      .dataSync()
      .forEach((x, i) => (total[i]! += probability * x));
  return total;
}

describeOnEngines("expectation", () => {
  it.each<[string, Weighted[]]>([
    ["one draw", without(1)],
    ["three draws without replacement", without(3)],
    ["all but one", without(4)],
    ["three draws with replacement", withReplacement(3)],
  ])("is unbiased over all draws, and so are its gradients for the attention and the features: %s", (_, draws) => {
    const along = (x: tf.Tensor, f: tf.Tensor, draw: Draw) => tf.sum(tf.mul(estimate(x, f, draw), upstream));
    const truth = (x: tf.Tensor, f: tf.Tensor) => tf.sum(tf.mul(exact(x, f), upstream));
    const [ofLogits, ofFeatures] = tf.grads((x, f) => truth(x!, f!))([logits, features]);
    assertClose(
      expected(draws, (draw) => estimate(logits, features, draw)),
      exact(logits, features).dataSync(),
      1e-5,
    );
    assertClose(
      expected(draws, (draw) => tf.grad((x) => along(x, features, draw))(logits)),
      ofLogits!.dataSync(),
      1e-5,
    );
    assertClose(
      expected(draws, (draw) => tf.grad((f) => along(logits, f, draw))(features)),
      ofFeatures!.dataSync(),
      1e-5,
    );
  });

  it("pulls attention, in expectation, to what is better than the mean: α_i (f_i - Φ) · v for the i-th logit", () => {
    const phi = exact(logits, features);
    const better = tf.sum(tf.mul(tf.sub(features, phi), upstream), 1); // (f_i - Φ) · v
    const gradient = expected(without(3), (draw) =>
      tf.grad((x) => tf.sum(tf.mul(estimate(x, features, draw), upstream)))(logits),
    );
    assertClose(gradient, tf.mul(tf.mul(tf.tensor1d(p), better), 1.5).dataSync(), 1e-5); // 1.5: of `attentionOf`
    expect(Array.from(gradient, Math.sign)).toEqual(Array.from(better.dataSync(), Math.sign));

    // of a loss that falls with v · Φ̂, a step downhill raises the attention of what is better, and v · Φ̂
    const step = tf.add(logits, tf.mul(tf.tensor1d(Float32Array.from(gradient)), 0.1)) as tf.Tensor1D;
    const gain = tf.sub(attentionOf(step), attentionOf(logits)).dataSync();
    const [best] = [tf.argMax(better).dataSync()[0]!];
    expect(gain[best]).toBeGreaterThan(0);
    expect(tf.sum(tf.mul(tf.sub(exact(step, features), phi), upstream)).dataSync()[0]).toBeGreaterThan(0);
  });

  it("is exact, with exact gradients, for all cells", () => {
    const draw = takeAll(p);
    assertClose(estimate(logits, features, draw), exact(logits, features), 1e-6);
    assertGradient((x, f) => estimate(x!, f!, draw), [logits, features]);
  });

  it("is the feature itself if all are the same, whatever is drawn", () => {
    const same = tf.tile(randomTensor([1, dim], 4), [cells, 1]);
    const one = tf.slice(same, 0, 1).dataSync();
    for (let i = 0; i < 10; i++) {
      assertClose(estimate(logits, same, drawWithoutReplacement(p, 3, rng(i))).dataSync(), one, 1e-5);
      assertClose(estimate(logits, same, drawWithReplacement(p, 3, rng(i))).dataSync(), one, 1e-5);
    }
  });

  it("weighs convexly: no estimate from unit vectors is longer than 1", () => {
    const unit = tf.div(features, tf.norm(features, 2, 1, true));
    for (let i = 0; i < 20; i++)
      expect(tf.norm(estimate(logits, unit, drawWithoutReplacement(p, 3, rng(i)))).dataSync()[0]).toBeLessThan(
        1 + 1e-5,
      );
  });

  it("leaves nothing behind, and refuses features of other cells", () => {
    const draw = drawWithoutReplacement(p, 3, rng(0));
    const [attention, drawn] = [tf.tensor1d(p), drawnOf(features, draw)];
    assertNoLeak(() => expectation(attention, drawn, draw));
    expect(() => expectation(attention, features, draw)).toThrow("expected `features` of shape [3, dim], got [5, 3]");
  });
});

/** In double precision, by its formula: the gradient for p_i, as its inner product with `upstream`, in expectation. */
function publishedGradient(
  n: number,
  coefficient: (order: readonly number[], j: number, f: (i: number) => number) => number,
) {
  const [data, v] = [features.dataSync(), upstream.dataSync()];
  const f = (i: number) => Array.from(v).reduce((sum, x, d) => sum + x * data[i * dim + d]!, 0);
  const gradient = new Array<number>(cells).fill(0);
  for (const { order, probability } of ordered(p, n))
    order.forEach((i, j) => (gradient[i]! += (probability * coefficient(order, j, f)) / n));
  return { gradient: throughSoftmax(gradient), truth: throughSoftmax(p.map((_, i) => f(i))) };
}
const throughSoftmax = (g: readonly number[]) => {
  const mean = g.reduce((sum, x, i) => sum + p[i]! * x, 0);
  return g.map((x, i) => p[i]! * (x - mean));
};
const apart = ({ gradient, truth }: ReturnType<typeof publishedGradient>) =>
  Math.hypot(...gradient.map((x, i) => x - truth[i]!)) / Math.hypot(...truth);
const before = (order: readonly number[], j: number) => order.slice(0, j);
const left = (drawn: readonly number[]) => 1 - drawn.reduce((sum, i) => sum + p[i]!, 0);
/**
 * The j-th estimate times r / p, with a transposed index: `r` by what is left before, or after, the draw.
 */
const asPublished = (r: (order: readonly number[], j: number) => number) =>
  ((order, j, f) => {
    const bracket = before(order, j).reduce((sum, k) => sum + p[k]! * f(k), 0) + r(order, j) * f(order[j]!);
    const sums = before(order, j).reduce((sum, k) => sum + f(k), 0);
    return (bracket * r(order, j)) / p[order[j]!]! + sums - j * f(order[j]!);
  }) satisfies Parameters<typeof publishedGradient>[1];

describe("the gradient for the attention, by exact enumeration in double precision", () => {
  it("is right with these factors", () => {
    const ours = publishedGradient(3, (order, j, f) => 3 * factorsOf(p, order)[j]! * f(order[j]!));
    expect(apart(ours)).toBeLessThan(1e-10);
  });

  it.each([
    ["the reference library's", asPublished((order, j) => left(before(order, j)))],
    ["its ports', with inclusive sums", asPublished((order, j) => left(before(order, j + 1)))],
    [
      "differentiation of the forward pass alone",
      (order: readonly number[], j: number, f: (i: number) => number) =>
        order.slice(j + 1).reduce((sum, k) => sum + f(order[j]!) - f(k), 0),
    ],
  ])("is wrong as %s", (_, coefficient) => expect(apart(publishedGradient(3, coefficient))).toBeGreaterThan(0.1));
});
