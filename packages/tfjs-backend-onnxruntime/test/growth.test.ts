import * as tf from "@tensorflow/tfjs-core";
import "@fovea/tfjs-backend-onnxruntime";
import { beforeAll, describe, expect, it } from "vitest";
import { growth, sample } from "./processes/growth.js";
import { smallNet } from "./processes/small-net.js";

beforeAll(async () => void (await tf.setBackend("onnxruntime")));

describe("training (for long: npm run long-run)", () => {
  it("holds the same number of tensors and sessions after every step, whatever the batch", () => {
    const net = smallNet();
    const batches = [8, 3, 16, 1];
    const train = (from: number, to: number) => {
      for (let step = from; step < to; step++) net.step(batches[step % batches.length]!, step);
      const { tensors, sessions, pool } = sample(to);
      return { tensors, sessions, pool };
    };
    const early = train(0, 20);
    expect(early.sessions).toBeGreaterThan(0);
    expect(train(20, 120)).toEqual(early);
    net.dispose();
  });
});

describe("growth", () => {
  it("is the slope of points on a line, with no doubt", () => {
    const { slope, halfWidth } = growth([2, 3, 5, 7].map((x) => [x, 3 * x - 1]));
    expect(slope).toBeCloseTo(3, 10);
    expect(halfWidth).toBeCloseTo(0, 6);
  });
  it("doubts points that scatter", () => {
    const { slope, halfWidth } = growth([0, 1, 2, 3].map((x) => [x, x % 2]));
    expect(slope).toBeCloseTo(1 / 5, 10);
    expect(halfWidth).toBeGreaterThan(slope);
  });
});
