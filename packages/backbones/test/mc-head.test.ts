import * as tf from "@tensorflow/tfjs-core";
import { mcHead } from "@fovea/backbones";
import { countParams, inferenceContext, rng, trainingContext } from "@fovea/nn";
import { assertClose, moduleContract, randomTensor } from "@fovea/nn/testing";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { randomStatistics } from "./reference.js";

const ctx = inferenceContext();
const size = { channels: 3, height: 4, width: 6, classes: 2, hidden: 5 };

describeOnEngines("mcHead", () => {
  for (const check of moduleContract({
    make: () => mcHead(size),
    input: () => randomTensor([7, 4, 6, 3], 1),
    forward: (head, x, ctx) => head.forward(x, ctx),
  }))
    it(check.name, check.run);

  it("is its formula", () =>
    tf.tidy(() => {
      const head = mcHead(size);
      randomStatistics(head);
      const of = (key: string) => (head.params[key] ?? head.buffers[key])!;
      const norm = (x: tf.Tensor, name: string) => {
        const deviation = tf.sqrt(tf.add(of(`${name}.running_var`), 1e-5));
        const standard = tf.div(tf.sub(x, of(`${name}.running_mean`)), deviation);
        return tf.add(tf.mul(standard, of(`${name}.weight`)), of(`${name}.bias`));
      };
      const full = (x: tf.Tensor, name: string) => tf.add(tf.matMul(x, of(`${name}.weight`)), of(`${name}.bias`));
      const x = randomTensor<tf.Tensor4D>([7, 4, 6, 3]);
      const windows = tf.reshape(x, [7, 2, 2, 3, 2, 3]); // [batch, rows, 2, columns, 2, channels]
      const pooled = tf.reshape(tf.max(windows, [2, 4]), [7, 2 * 3 * 3]);
      const hidden = norm(full(norm(pooled, "norm1"), "fc1"), "norm2");
      const bent = tf.where(tf.greater(hidden, 0), hidden, tf.expm1(hidden));
      assertClose(head.forward(x, ctx), full(bent, "fc2"), 1e-5);
      head.dispose();
    }));
});

describe("mcHead", () => {
  it.each([
    ["VGG-16's", undefined, 2 * 29_400 + (29_400 * 512 + 512) + 2 * 512 + (512 * 200 + 200)],
    ["ResNet-18's", 14, 2 * 600 + (600 * 512 + 512) + 2 * 512 + (512 * 200 + 200)],
  ])("has %s number of weights for CUB", (_, pool, params) => {
    const head = mcHead({ channels: 600, height: 14, width: 14, classes: 200, pool });
    expect(countParams(head)).toBe(params);
    head.dispose();
  });

  it("sees a channel's largest number only where it pools the whole map", () =>
    tf.tidy(() => {
      const head = mcHead({ ...size, pool: [4, 6] });
      const x = randomTensor<tf.Tensor4D>([2, 4, 6, 3]);
      const largest = tf.add(tf.zerosLike(x), tf.max(x, [1, 2], true));
      assertClose(head.forward(x, ctx), head.forward(largest, ctx), 0);
      head.dispose();
    }));

  it("refuses to train on a batch of one, and predicts it", () => {
    const head = mcHead(size);
    const x = randomTensor([1, 4, 6, 3]);
    expect(() => head.forward(x, trainingContext(rng(0)))).toThrow(
      "batchNorm: training needs at least 2 values for each channel, got `x` of shape [1, 18].",
    );
    const logits = head.forward(x, ctx);
    expect(logits.shape).toEqual([1, 2]);
    tf.dispose([x, logits]);
    head.dispose();
  });

  it("refuses sizes, windows and maps there are not", () => {
    const before = tf.memory().numTensors;
    expect(() => mcHead({ ...size, classes: 0 })).toThrow(
      "mcHead: `classes` must be a whole number of at least 1, got 0.",
    );
    expect(() => mcHead({ ...size, pool: 0 })).toThrow(
      "mcHead: `pool height` must be a whole number of at least 1, got 0.",
    );
    expect(() => mcHead({ ...size, pool: 5 })).toThrow(
      "mcHead: `pool` must fit into the map's 4 × 6 cells, got 5 × 5.",
    );
    expect(tf.memory().numTensors).toBe(before);
    const head = mcHead(size);
    expect(() => head.forward(tf.zeros([2, 6, 4, 3]), ctx)).toThrow(
      "mcHead: expected `x` of shape [batch, 4, 6, 3], got [2, 6, 4, 3].",
    );
    head.dispose();
  });
});
