import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { inferenceContext, valueAndGradients } from "@fovea/nn";
import { assertClose, assertGradient, randomTensor } from "@fovea/nn/testing";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import {
  attentionFusion,
  concatFusion,
  hybridFusion,
  maxFusion,
  meanFusion,
  meanProbabilities,
  tokenFusion,
} from "../src/index.js";

const ctx = inferenceContext();
const vectors = (rows: number[][][]) => tf.tensor3d(rows);

describeOnEngines("meanFusion", () => {
  it("divides by the real views only", () => {
    const views = vectors([[[2, 4], [4, 8], [NaN, 1e30]], [[1, 1], [5, 5], [9, 9]], [[7, 7], [7, 7], [7, 7]]]); // prettier-ignore
    const mask = tf.tensor2d([[1, 1, 0], [0, 1, 0], [0, 0, 0]]); // prettier-ignore
    assertClose(meanFusion("vector").merge(views, mask, ctx), [3, 6, 5, 5, 0, 0]);
  });

  it("reads masks of booleans and whole numbers alike", () => {
    const views = vectors([[[2], [6]]]);
    for (const dtype of ["bool", "int32", "float32"] as const)
      assertClose(meanFusion("vector").merge(views, tf.tensor2d([0, 1], [1, 2], dtype), ctx), [6]);
  });

  it("leaves copies of one view as they are", () => {
    const view = randomTensor([2, 1, 5]);
    assertClose(meanFusion("logits").merge(tf.tile(view, [1, 3, 1]), null, ctx), tf.squeeze(view, [1]));
  });
});

describeOnEngines("maxFusion", () => {
  it("takes the largest real value", () => {
    const views = vectors([[[-2, 4], [-4, 8], [9, 9]], [[1, 2], [3, 4], [5, 6]]]); // prettier-ignore
    const mask = tf.tensor2d([[1, 1, 0], [0, 0, 0]]); // prettier-ignore
    assertClose(maxFusion("vector").merge(views, mask, ctx), [-2, 8, 0, 0]);
  });

  it("shares the gradient among views that tie, in equal parts", () => {
    const tied = vectors([[[1, 0], [1, 0], [0, 0]]]); // prettier-ignore
    const gradient = tf.grad((x) => maxFusion("vector").merge(x, null, ctx))(tied);
    assertClose(gradient, [1 / 2, 1 / 3, 1 / 2, 1 / 3, 0, 1 / 3]);
    const one = vectors([[[1, 2]]]);
    assertGradient((x) => maxFusion("vector").merge(tf.tile(x, [1, 3, 1]), null, ctx), [one]); // copies move together
  });
});

describeOnEngines("concatFusion", () => {
  it("starts as the mean of a full collection", () => {
    const views = randomTensor([2, 3, 4, 2, 5]);
    assertClose(
      concatFusion({ at: "map", slots: 3, channels: 5 }).merge(views, null, ctx),
      meanFusion("map").merge(views, null, ctx),
    );
  });

  it("is one matrix for each slot", () => {
    const fusion = concatFusion({ at: "vector", slots: 2, channels: 2 });
    fusion.params["proj.weight"]!.assign(tf.tensor2d([[1, 2], [3, 4], [5, 6], [7, 8]])); // prettier-ignore
    fusion.params["proj.bias"]!.assign(tf.tensor1d([100, 200]));
    assertClose(fusion.merge(vectors([[[1, 0], [0, 1]]]), null, ctx), [108, 210]); // prettier-ignore
    assertClose(fusion.merge(vectors([[[0, 1]]]), null, ctx), [103, 204]);
    assertClose(fusion.merge(vectors([[[NaN, NaN], [1, 0]]]), tf.tensor2d([[0, 1]]), ctx), [105, 206]); // prettier-ignore
    fusion.dispose();
  });

  it("says what it refuses", () => {
    const fusion = concatFusion({ at: "vector", slots: 2, channels: 5 });
    expect(() => fusion.merge(tf.zeros([1, 3, 5]), null, ctx)).toThrow(
      new RangeError("concatFusion: expected at most 2 views, one for each slot, got 3."),
    );
    expect(() => fusion.merge(tf.zeros([1, 2, 4]), null, ctx)).toThrow(
      "concatFusion: expected `views` with 5 channels last, got [1, 2, 4].",
    );
    expect(() => concatFusion({ at: "vector", slots: 0, channels: 5 })).toThrow(
      "concatFusion: `slots` must be a whole number of at least 1, got 0.",
    );
    fusion.dispose();
  });
});

describeOnEngines("attentionFusion", () => {
  it("is the mean when nothing tells views apart, and shows its weights", () => {
    const fusion = attentionFusion({ dim: 5 });
    fusion.params["score.weight"]!.assign(tf.zeros([2, 1]));
    const views = randomTensor([2, 3, 5]);
    const mask = tf.tensor2d([[1, 1, 1], [0, 1, 1]]); // prettier-ignore
    const seen: number[][] = [];
    const tapped = inferenceContext((name, value) => seen.push([name === "attention" ? 1 : 0, ...value.dataSync()]));
    assertClose(fusion.merge(views, mask, tapped), meanFusion("vector").merge(views, mask, ctx));
    assertClose(seen[0]!, [1, 1 / 3, 1 / 3, 1 / 3, 0, 1 / 2, 1 / 2]);
    fusion.dispose();
  });

  it("stays among the views: a convex combination", () => {
    const fusion = attentionFusion({ dim: 5, seed: 1 });
    const constant = tf.ones([2, 4, 5]);
    assertClose(fusion.merge(constant, null, ctx), tf.ones([2, 5]));
    fusion.dispose();
  });
});

describeOnEngines("tokenFusion", () => {
  const [batch, view, tokens, dim] = [2, 3, 1 + 5, 7];
  const classToken = tf.tile(randomTensor([1, 1, 1, dim], 1), [batch, view, 1, 1]);
  const views = tf.concat([classToken, randomTensor([batch, view, tokens - 1, dim], 2)], 2);

  it("has one class token and every patch token: length 1 + N · S", () => {
    const fusion = tokenFusion({ dim, slots: 3 });
    expect(fusion.merge(views, null, ctx).shape).toEqual([batch, 1 + view * (tokens - 1), dim]);
    fusion.dispose();
  });

  it("adds to every patch token of slot i a vector of length one, and none to the class token", () => {
    const fusion = tokenFusion({ dim, slots: 3, seed: 4 });
    const plain = tokenFusion({ dim, slots: null }).merge(views, null, ctx);
    const added = tf.sub(fusion.merge(views, null, ctx), plain);
    const norms = tf.norm(added, 2, 2); // [batch, 1 + view · (tokens − 1)]
    assertClose(norms, tf.tile(tf.concat([tf.zeros([1, 1]), tf.ones([1, view * (tokens - 1)])], 1), [batch, 1]), 1e-4);
    const [, first] = tf.split(tf.squeeze(tf.slice(added, [0, 0], [1, -1]), [0]), [1, -1]) as [tf.Tensor, tf.Tensor];
    const bySlot = tf.reshape(first, [view, tokens - 1, dim]);
    // the same over a view's patches
    assertClose(bySlot, tf.tile(tf.slice(bySlot, [0, 0], [-1, 1]), [1, tokens - 1, 1]), 1e-4);
    fusion.dispose();
  });

  it("does not see the scale of V", () => {
    const fusion = tokenFusion({ dim, slots: 3 });
    const before = fusion.merge(views, null, ctx);
    fusion.params["slot_embed"]!.assign(tf.mul(fusion.params["slot_embed"]!, 5));
    assertClose(fusion.merge(views, null, ctx), before);
    fusion.dispose();
  });

  it("is indifferent to order when all rows of V are equal", () => {
    const fusion = tokenFusion({ dim, slots: 3 });
    fusion.params["slot_embed"]!.assign(tf.ones([3, dim]));
    const byView = (x: tf.Tensor) =>
      tf.reshape(tf.slice(fusion.merge(x, null, ctx), [0, 1], [-1, -1]), [batch, view, tokens - 1, dim]);
    assertClose(tf.reverse(byView(tf.reverse(views, 1)), 1), byView(views));
    fusion.dispose();
  });

  it("survives an embedding of zeros", () => {
    const fusion = tokenFusion({ dim, slots: 3 });
    const v = fusion.params["slot_embed"]!;
    v.assign(tf.zerosLike(v));
    const { gradients } = valueAndGradients(fusion.params, () => tf.sum(fusion.merge(views, null, ctx)));
    expect(gradients["slot_embed"]!.dataSync().every(Number.isFinite)).toBe(true);
    fusion.dispose();
  });

  it("keeps the one class token though view 1 is masked, and marks whose tokens are real", () => {
    const fusion = tokenFusion({ dim, slots: null });
    const mask = tf.tensor2d([[0, 1, 1], [1, 1, 1]]); // prettier-ignore
    const kept = tf.squeeze(tf.slice(fusion.merge(views, mask, ctx), [0, 0], [-1, 1]), [1]);
    assertClose(kept, tf.tile(randomTensor([1, dim], 1), [batch, 1]));
    const marks = fusion.mergeMask!(mask, tokens);
    assertClose(marks, [1, ...Array(5).fill(0), ...Array(10).fill(1), ...Array(16).fill(1)]);
    expect(fusion.params).toEqual({});
  });

  it("has slots · dim params", () => {
    const fusion = tokenFusion({ dim: 384, slots: 2 });
    expect(Object.values(fusion.params).map(({ size }) => size)).toEqual([768]);
    fusion.dispose();
  });

  it("says what it refuses", () => {
    const fusion = tokenFusion({ dim, slots: 3 });
    expect(() => fusion.merge(tf.zeros([2, 3, 1, dim]), null, ctx)).toThrow(
      "tokenFusion: expected `views` of a class token and patch tokens of 7 numbers, got [2, 3, 1, 7].",
    );
    expect(() => fusion.merge(tf.zeros([2, 3, dim]), null, ctx)).toThrow(
      "tokenFusion: expected `views` of shape [batch, view, tokens, dim], got [2, 3, 7].",
    );
    expect(() => fusion.merge(views, tf.ones([2, 2]), ctx)).toThrow(
      "tokenFusion: expected `mask` of shape [batch, view] (batch=2 from `views`, view=3 from `views`), got [2, 2].",
    );
    fusion.dispose();
  });
});

describeOnEngines("meanProbabilities", () => {
  it("has the mean probability as its softmax", () => {
    const z = randomTensor([2, 3, 5]);
    const mask = tf.tensor2d([[1, 1, 1], [0, 1, 1]]); // prettier-ignore
    const p = tf.softmax(z);
    const expected = meanFusion("logits").merge(p, mask, ctx);
    const merged = meanProbabilities().merge(z, mask, ctx);
    assertClose(tf.softmax(merged as tf.Tensor2D), expected);
    assertClose(tf.exp(merged), expected); // already normalized
  });

  it("stays finite where probabilities underflow", () => {
    const z = vectors([[[0, 500], [0, 400]]]); // prettier-ignore
    assertClose(meanProbabilities().merge(z, null, ctx), [-400 - Math.log(2), 0]);
  });
});

describe("hybridFusion", () => {
  it("names its branches in the params and disposes them", () => {
    const hybrid = hybridFusion({ fused: tokenFusion({ dim: 5, slots: 2 }), score: meanFusion("logits") });
    expect(Object.keys(hybrid.params)).toEqual(["fused.slot_embed"]);
    expect(hybrid.branches.score.at).toBe("logits");
    hybrid.dispose();
    expect(hybrid.branches.fused.params["slot_embed"]!.isDisposed).toBe(true);
  });

  it("refuses to be empty", () => {
    expect(() => hybridFusion({})).toThrow("hybridFusion: expected `branches` with at least one fusion, got {}.");
  });
});

it("allocates nothing when the config is wrong", () => {
  const before = tf.memory().numTensors;
  expect(() => tokenFusion({ dim: 0, slots: 2 })).toThrow(
    "tokenFusion: `dim` must be a whole number of at least 1, got 0.",
  );
  expect(() => attentionFusion({ dim: 3, hidden: 0.5 })).toThrow("attentionFusion: `hidden` must be");
  expect(tf.memory().numTensors).toBe(before);
});
