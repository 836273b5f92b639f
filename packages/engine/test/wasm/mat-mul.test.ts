import { assertClose, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it } from "vitest";
import { assertAsOnCpu } from "../as-on-cpu.js";

afterEach(() => tf.setBackend("wasm"));

const flags = [false, true];
const transposes = flags.flatMap((a) => flags.map((b) => [a, b] as const));

/**
 * [batch of a, batch of b, m, k, n]: around the stock loop's block of 48, on both sides of the small-product limit,
 * vectors.
 */
const sizes: [number[], number[], number, number, number][] = [
  [[], [], 5, 7, 3],
  [[], [], 1, 100, 31],
  [[], [], 31, 100, 1],
  [[], [], 130, 2, 128],
  [[], [], 128, 256, 3],
  [[3], [3], 5, 7, 2],
  [[3], [3], 5, 47, 11],
  [[2], [2], 5, 48, 11],
  [[2], [2], 5, 49, 11],
  [[2], [2], 17, 100, 13],
  [[2], [2], 1, 100, 13],
  [[4], [1], 5, 50, 11],
  [[1], [4], 5, 50, 11],
  [[1], [4], 2, 3, 5],
  [[2, 3], [2, 3], 5, 49, 7],
  [[2, 3], [1, 1], 5, 7, 11],
];

const operand = (batch: number[], rows: number, columns: number, transposed: boolean, seed: number) =>
  randomTensor([...batch, ...(transposed ? [columns, rows] : [rows, columns])], seed);

describe("matMul on wasm", () => {
  it.each(sizes)("is as on cpu for %j · %j, m %i, k %i, n %i, whatever is transposed", async (as, bs, m, k, n) => {
    for (const [ta, tb] of transposes)
      await assertAsOnCpu(() => tf.matMul(operand(as, m, k, ta, 1), operand(bs, k, n, tb, 2), ta, tb));
  });

  it("broadcasts batches both ways, where cpu gives too few products", () => {
    for (const [m, k, n] of [
      [5, 49, 7],
      [2, 3, 5],
    ] as [number, number, number][]) {
      // prettier-ignore
      const [a, b] = [randomTensor([2, 1, m, k], 1), randomTensor([1, 3, k, n], 2)];
      const whole = tf.matMul(tf.tile(a, [1, 3, 1, 1]), tf.tile(b, [2, 1, 1, 1]));
      assertClose(tf.matMul(a, b), whole);
      assertClose(tf.matMul(a, tf.transpose(b, [0, 1, 3, 2]), false, true), whole);
    }
  });

  it("has the same gradients as on cpu", async () => {
    for (const [ta, tb] of transposes)
      await assertAsOnCpu(() => {
        const inputs = [operand([3], 5, 49, ta, 1), operand([3], 49, 7, tb, 2)];
        return tf.grads((a, b) => tf.sin(tf.matMul(a, b, ta, tb)))(inputs);
      });
  });

  it("is nothing, or zeros, where there is nothing to multiply", () => {
    expect(tf.matMul(tf.zeros([0, 3]), tf.ones([3, 2])).shape).toEqual([0, 2]);
    expect(tf.matMul(tf.zeros([2, 2, 0]), tf.ones([2, 0, 3])).dataSync()).toEqual(new Float32Array(12));
  });

  it("does not take a reshaped operand for the shape in which it was used before", () => {
    const b = tf.reshape(tf.range(0, 24), [4, 6]);
    const sums = (x: tf.Tensor) => [...tf.matMul(tf.ones([1, x.shape[0]!]), x).dataSync()];
    expect(sums(b)).toEqual([36, 40, 44, 48, 52, 56]);
    expect(sums(tf.reshape(b, [6, 4]))).toEqual([60, 66, 72, 78]);
    expect(sums(b)).toEqual([36, 40, 44, 48, 52, 56]);
    const bias = tf.zeros<tf.Rank.R1>([8]);
    const fused = tf.fused.matMul({ a: tf.ones([1, 3]), b: tf.reshape(b, [3, 8]), bias });
    expect([...fused.dataSync()]).toEqual([24, 27, 30, 33, 36, 39, 42, 45]);
  });

  it("refuses inner sizes that differ", () => {
    const kernel = (a: tf.Tensor, b: tf.Tensor) => () =>
      tf.engine().runKernel(tf.BatchMatMul, { a, b }, { transposeA: false, transposeB: false });
    expect(kernel(tf.ones([2, 3]), tf.ones([4, 2]))).toThrow(
      "matMul: inner dimensions must agree, got 3 of `a` [2,3] and 4 of `b` [4,2].",
    );
  });

  it("multiplies integers", () =>
    assertAsOnCpu(() => tf.matMul(tf.fill([2, 3, 4], 7, "int32"), tf.fill([2, 4, 5], -3, "int32"))));
});

describe("fused matMul on wasm", () => {
  const activations = ["linear", "relu", "relu6", "elu", "sigmoid", "prelu", "leakyrelu"] as const;

  it.each(activations)("is as on cpu with a bias and %s, whatever is transposed or batched", async (activation) => {
    for (const [ta, tb] of transposes)
      for (const [as, bs, k] of [
        [[], [], 100],
        [[2], [2], 100],
        [[2], [2], 48],
        [[2], [2], 7],
      ] as [number[], number[], number][])
        // prettier-ignore
        await assertAsOnCpu(() =>
          tf.fused.matMul({
            a: operand(as, 5, k, ta, 1),
            b: operand(bs, k, 3, tb, 2),
            transposeA: ta,
            transposeB: tb,
            bias: randomTensor([3], 3),
            activation,
            leakyreluAlpha: 0.3,
            ...(activation === "prelu" && { preluActivationWeights: randomTensor([3], 4) }),
          }),
        );
  });

  it("adds the bias once", () => {
    const y = tf.fused.matMul({ a: tf.zeros([2, 3, 100]), b: tf.zeros([2, 100, 2]), bias: tf.ones([2]) });
    assertClose(y, tf.ones([2, 3, 2]));
  });
});
