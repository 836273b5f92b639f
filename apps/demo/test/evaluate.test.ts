import * as tf from "@tensorflow/tfjs-core";
import type { MultiViewClassifier } from "@fovea/models";
import { expect, it } from "vitest";
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
