import { randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it } from "vitest";
import { assertAsOnCpu } from "../as-on-cpu.js";

afterEach(() => tf.setBackend("wasm"));

/** The kernel: for `tf.einsum` this repository has a lint rule, since it has no gradient. */
const einsum = (equation: string, ...tensors: tf.Tensor[]): tf.Tensor =>
  tf.engine().runKernel(tf.Einsum, tensors as unknown as tf.NamedTensorMap, { equation });

const shape = [2, 3, 4, 5];
const subsets = Array.from({ length: 16 }, (_, bits) => [0, 1, 2, 3].filter((axis) => bits & (1 << axis)));
const integers = () => tf.cast(tf.reshape(tf.range(-60, 60), shape), "int32");

describe("on wasm as on cpu:", () => {
  it.each(subsets)("sum and mean over axes %j %j %j %j", async (...axes) => {
    for (const keep of [false, true])
      await assertAsOnCpu(() => [
        tf.sum(randomTensor(shape, 1), axes, keep),
        tf.mean(randomTensor(shape, 1), axes, keep),
        tf.sum(integers(), axes, keep),
        tf.mean(integers(), axes, keep),
      ]);
  });

  it("sums of no rows and of a few rows more than four", async () => {
    for (const rows of [0, 1, 3, 4, 5, 9]) await assertAsOnCpu(() => tf.sum(randomTensor([rows, 3], 1), 0));
    await assertAsOnCpu(() => tf.sum(tf.scalar(3)));
  });

  it("tile", async () => {
    for (const reps of [
      [1, 1, 1, 1],
      [2, 1, 1, 3],
      [1, 3, 2, 1],
      [2, 2, 2, 2],
    ])
      // prettier-ignore
      await assertAsOnCpu(() => [tf.tile(randomTensor(shape, 1), reps), tf.tile(integers(), reps)]);
    await assertAsOnCpu(() => [
      tf.broadcastTo(randomTensor([3, 1], 1), [2, 3, 4]),
      tf.tile(tf.tensor1d([true, false]), [3]),
    ]);
  });

  it("reverse", async () => {
    for (const axes of subsets) await assertAsOnCpu(() => [tf.reverse(randomTensor(shape, 1), axes), tf.reverse(integers(), axes)]); // prettier-ignore
  });

  it("gather, and its gradient where an index comes twice", async () => {
    const places = () => tf.tensor1d([1, 0, 1], "int32");
    for (const axis of [0, 1, 2, 3, -1])
      await assertAsOnCpu(() => [
        tf.gather(randomTensor(shape, 1), places(), axis),
        tf.gather(integers(), tf.reshape(places(), [3, 1]), axis),
        tf.grad((x) => tf.sin(tf.gather(x, places(), axis)))(randomTensor(shape, 1)),
      ]);
    await assertAsOnCpu(() => tf.gather(randomTensor([2, 5], 1), tf.tensor2d([[1], [4]], [2, 1], "int32"), 1, 1));
  });

  it("slice, split and unstack", async () => {
    for (const [begin, size] of [
      [[0, 0, 0, 0], shape],
      [
        [1, 0, 2, 1],
        [1, 3, 2, 4],
      ],
      [
        [0, 2, 0, 0],
        [2, 1, 4, 5],
      ],
      [
        [0, 0, 0, 4],
        [2, 3, 4, 1],
      ],
      [
        [0, 0, 0, 0],
        [2, 0, 4, 5],
      ],
    ])
      // prettier-ignore
      await assertAsOnCpu(() => [tf.slice(randomTensor(shape, 1), begin!, size), tf.slice(integers(), begin!, size)]);
    for (const axis of [0, 1, 2, 3]) await assertAsOnCpu(() => tf.unstack(randomTensor(shape, 1), axis));
    await assertAsOnCpu(() => tf.split(randomTensor(shape, 1), [1, 3], 2));
    await assertAsOnCpu(() => tf.split(randomTensor(shape, 1), 5, -1));
    await assertAsOnCpu(() => tf.slice(randomTensor([2, 1, 3, 2, 2], 1), [1, 0, 1, 0, 1], [1, 1, 2, 2, 1]));
  });

  it("the gradient of max pooling, also where windows overlap, pad, step over pixels, or are level", async () => {
    const windows = [[2, 2, "valid"], [3, 2, "same"], [3, 1, 1], [1, 2, "same"], [2, 3, "valid"]] as const; // prettier-ignore
    for (const [size, stride, pad] of windows)
      for (const levels of [1, 1000])
        await assertAsOnCpu(() => {
          const x = tf.round(tf.mul(randomTensor<tf.Tensor4D>([2, 5, 7, 3], 1), levels));
          return tf.grad((y) => tf.sin(tf.maxPool(y as tf.Tensor4D, size, stride, pad)))(x);
        });
  });

  it("unsortedSegmentSum, strays left out", async () => {
    const ids = () => tf.tensor1d([0, -1, 2, 7, 2], "int32");
    for (const rest of [[], [3], [2, 2]])
      await assertAsOnCpu(() => tf.unsortedSegmentSum(randomTensor([5, ...rest], 1), ids(), 4));
    const counts = tf.unsortedSegmentSum(tf.ones([5, 1], "int32"), ids(), 3);
    expect(counts.dataSync()).toEqual(new Int32Array([1, 0, 2]));
  });

  it.each([
    "ij,jk->ik",
    "ij->ji",
    "ij->",
    "ij,ij->",
    "ij,ij->i",
    "i,j->ij",
    "ijk,kj->i",
    "bij,bjk->bik",
    "bhqd,bhkd->bhqk",
    "bhqk,bhkd->bqhd",
  ])("einsum %s", async (equation) => {
    const side = (letter: string) => 2 + (letter.charCodeAt(0) % 5);
    const shapes = equation.split("->")[0]!.split(",").map((term) => [...term].map(side)); // prettier-ignore
    await assertAsOnCpu(() => einsum(equation, ...shapes.map((sides, seed) => randomTensor(sides, seed))));
  });
});

describe("on wasm", () => {
  it("an index out of range is refused by its number", () => {
    expect(() => tf.gather(tf.ones([3, 2]), tf.tensor1d([0, 3], "int32"))).toThrow("index value 3 is not in [0, 2]");
  });

  it("einsum sums letters of one operand alone, where cpu fails", () => {
    const y = einsum("abc,bd->cd", tf.ones([2, 3, 4]), tf.ones([3, 5]));
    expect(y.shape).toEqual([4, 5]);
    expect(y.dataSync()).toEqual(new Float32Array(20).fill(6));
  });

  it("strings are sliced by the stock kernel", () => {
    expect(tf.slice(tf.tensor1d(["a", "b", "c"]), 1, 2).dataSync()).toEqual(["b", "c"]);
  });
});
