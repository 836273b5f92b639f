import { randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { joinAxes } from "../../src/wasm/join-axes.js";
import { assertAsOnCpu } from "../as-on-cpu.js";

afterEach(() => tf.setBackend("wasm"));

const orders = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 })
  .chain((shape) => fc.tuple(fc.constant(shape), fc.shuffledSubarray([...shape.keys()], { minLength: shape.length })));

describe("transpose on wasm", () => {
  it("is as on cpu for any shape and order up to rank 6", () =>
    fc.assert(
      fc.asyncProperty(orders, ([shape, order]) => assertAsOnCpu(() => tf.transpose(randomTensor(shape, 1), order))),
      { numRuns: 200, seed: 1 },
    ));

  it.each([
    [[128, 3], [1, 0]],
    [[256, 128], [1, 0]],
    [[2, 128, 5], [0, 2, 1]],
    [[2, 4, 32, 5], [3, 0, 1, 2]],
    [[3, 2, 64, 1, 7], [0, 4, 3, 1, 2]],
    [[2, 3, 4, 5, 6], [2, 0, 3, 1, 4]],
    [[2, 3, 2, 3, 2, 3], [5, 3, 1, 4, 2, 0]],
  ])("is as on cpu for %j by %j", async (shape, order) => assertAsOnCpu(() => tf.transpose(randomTensor(shape, 1), order))); // prettier-ignore

  it("moves integers and booleans, and empty tensors", async () => {
    await assertAsOnCpu(() => tf.transpose(tf.cast(tf.reshape(tf.range(0, 384), [128, 3]), "int32")));
    await assertAsOnCpu(() => tf.transpose(tf.greater(randomTensor([2, 3, 4, 5], 1), 0), [3, 1, 0, 2]));
    await assertAsOnCpu(() => tf.transpose(tf.greater(randomTensor([2, 128, 5], 1), 0), [0, 2, 1]));
    await assertAsOnCpu(() => tf.transpose(tf.zeros([2, 0, 3])));
  });
});

describe("joinAxes", () => {
  it("joins what stays together and leaves out axes of size 1", () => {
    expect(joinAxes([2, 3, 5, 7], [2, 3, 0, 1])).toEqual({ shape: [6, 35], order: [1, 0] });
    expect(joinAxes([2, 1, 3], [0, 2, 1])).toEqual({ shape: [6], order: [0] });
    expect(joinAxes([2, 3, 4, 5, 6], [2, 0, 3, 1, 4])).toEqual({ shape: [2, 3, 4, 5, 6], order: [2, 0, 3, 1, 4] });
  });
});
