import * as tf from "@tensorflow/tfjs-core";
import type { MultiViewClassifier } from "@fovea/models";
import { describe, expect, it } from "vitest";
import { accuraciesOf, type TestCollections, type ViewBatch } from "../src/mvhfmd/evaluate.js";

it("counts how often the truth comes first and among the first five, for collections and for views", async () => {
  const classes = 7;
  // The truth is class 0; its rank in collection b is b, and in each view of it b too.
  const logits = tf.tidy(() =>
    tf.stack(
      [0, 1, 4, 6].map((rank) =>
        tf.tensor1d(Array.from({ length: classes }, (_, c) => (c === 0 ? 0 : c <= rank ? 1 : -1))),
      ),
    ),
  ) as tf.Tensor2D;
  const forward = () => ({ fused: tf.clone(logits), single: tf.tile(tf.expandDims(logits, 1), [1, 3, 1]) });
  const model = { forward } as unknown as MultiViewClassifier<string, unknown>;
  const batch = (): Promise<ViewBatch> =>
    Promise.resolve({ views: tf.zeros([1]), labels: tf.zeros([4], "int32"), mask: tf.ones([4, 3]) });
  const collections = { views: 3, collections: 4, total: 9 } as TestCollections;
  const before = tf.memory().numTensors;
  const [fused, single] = await accuraciesOf(
    model,
    { stepsPerEpoch: 2, batch },
    "map",
    ["fused", "single"],
    collections,
  );
  expect(fused).toEqual({ views: 3, top1: 1 / 4, top5: 3 / 4, collections: 4, total: 9 });
  expect(single).toEqual(fused);
  expect(tf.memory().numTensors).toBe(before);
});

describe("accuraciesOf", () => {
  it.each([
    ["equal scores", 0, 1 / 2], // the truth is class 0 in one collection, class 6 in the other
    ["NaN", NaN, 0],
  ])("gives no credit for %s", async (_, value, top1) => {
    const model = { forward: () => ({ fused: tf.fill([2, 7], value) }) } as unknown as MultiViewClassifier<
      string,
      unknown
    >;
    const batch = (): Promise<ViewBatch> =>
      Promise.resolve({ views: tf.zeros([1]), labels: tf.tensor1d([0, 6], "int32"), mask: tf.ones([2, 1]) });
    const collections = { views: 1, collections: 2, total: 2 } as TestCollections;
    const [fused] = await accuraciesOf(model, { stepsPerEpoch: 1, batch }, "map", ["fused"], collections);
    expect(fused).toMatchObject({ top1 });
  });
});
