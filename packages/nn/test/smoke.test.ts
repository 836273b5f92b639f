import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { rng, stopGradient, subSeed, matchShapes } from "../src/index.js";
import { threefry } from "../src/random.js";
import { assertGradient, randomTensor } from "../src/testing/index.js";

it("threefry", () => {
  const hex = (p: number[]) => p.map((x) => x.toString(16));
  expect(hex(threefry(0, 0, 0, 0))).toEqual(["6b200159", "99ba4efe"]);
  expect(hex(threefry(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff))).toEqual(["1cb996fc", "bb002be7"]);
  expect(hex(threefry(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3))).toEqual(["c4923a9c", "483df7a0"]);
});
it("misc", () => {
  expect(subSeed(3, "a")).not.toBe(subSeed(3, "b"));
  expect(rng(1).split("a").uniform(2)).toEqual(rng(1).split("a").uniform(2));
  expect(() =>
    matchShapes("f", { a: "batch dim", b: "batch dim" }, { a: tf.zeros([8, 16]), b: tf.zeros([4, 16]) }),
  ).toThrow("f: expected `b` of shape [batch, dim] (batch=8 from `a`, dim=16 from `a`), got [4, 16].");
  expect(
    tf
      .grad((x) => tf.mul(stopGradient(x), x))(tf.scalar(3))
      .dataSync()[0],
  ).toBe(3);
  assertGradient((x) => tf.tanh(x), [randomTensor([3, 5])]);
});
