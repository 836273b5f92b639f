import * as tf from "@tensorflow/tfjs-core";
import type { MultiViewClassifier } from "@fovea/models";
import { describe, expect, it } from "vitest";
import type { ViewBatch } from "../../src/splits.js";
import { accuracies } from "../../src/mvhfmd/evaluate.js";

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
  const forward = () =>
    tf.tidy(() => ({ fused: tf.clone(logits), single: tf.tile(tf.expandDims(logits, 1), [1, 3, 1]) }));
  const model = { forward } as unknown as MultiViewClassifier<string, unknown>;
  const batch = (): Promise<ViewBatch> =>
    Promise.resolve({ views: tf.zeros([1]), labels: tf.zeros([4], "int32"), mask: tf.ones([4, 3]) });
  const before = tf.memory().numTensors;
  const options = { from: "map", outputs: ["fused", "single"], views: 3, classes } as const;
  const { measurements, confusion } = await accuracies(model, { stepsPerEpoch: 2, batch }, options);
  expect(measurements).toEqual(
    ["fused", "single"].flatMap((output) => [
      { metric: "top1", value: 1 / 4, at: { output, views: 3 } },
      { metric: "top5", value: 3 / 4, at: { output, views: 3 } },
    ]),
  );
  expect(confusion![0]).toEqual([2, 6, 0, 0, 0, 0, 0]); // two batches; of equal logits the lower class
  expect(confusion!.flat().reduce((sum, n) => sum + n, 0)).toBe(8);
  expect(tf.memory().numTensors).toBe(before);
});

describe("accuracies", () => {
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
    const options = { from: "map", outputs: ["fused"], views: 1, classes: 7 } as const;
    const { measurements } = await accuracies(model, { stepsPerEpoch: 1, batch }, options);
    expect(measurements).toContainEqual({ metric: "top1", value: top1, at: { output: "fused", views: 1 } });
  });
});
