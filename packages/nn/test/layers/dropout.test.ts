import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import {
  dropout,
  dropout2d,
  dropPath,
  inferenceContext,
  rng,
  scope,
  sequential,
  trainingContext,
} from "../../src/index.js";
import { assertClose } from "../../src/testing/index.js";

const step = (index: number) => trainingContext(rng(0).split("step", index));

describeOnEngines("dropout and dropPath", () => {
  it("drop that share and keep the expectation", () => {
    const y = dropout({ rate: 0.25 })
      .forward(tf.ones([100, 100]), step(0))
      .dataSync();
    expect(new Set(y)).toEqual(new Set([0, Math.fround(4 / 3)]));
    const kept = y.filter((value) => value > 0).length / y.length;
    expect(Math.abs(kept - 0.75)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / y.length));
  });

  it("dropPath drops whole samples", () => {
    const y = dropPath({ rate: 0.5 }).forward(tf.ones([64, 3, 5]), step(0));
    const perSample = tf.mean(tf.reshape(y, [64, 15]), 1).dataSync();
    expect(new Set(perSample)).toEqual(new Set([0, 2]));
  });

  it("dropout2d drops whole channels of single samples", () => {
    const y = dropout2d({ rate: 0.5 }).forward(tf.ones([8, 3, 5, 8]), step(0));
    const perChannel = tf.mean(tf.reshape(y, [8, 15, 8]), 1).arraySync() as number[][];
    expect(new Set(perChannel.flat())).toEqual(new Set([0, 2]));
    expect(new Set(perChannel.map(String)).size).toBeGreaterThan(1);
    expect(() => dropout2d({ rate: 0.5 }).forward(tf.ones([8, 3]), step(0))).toThrow("dropout2d: expected `x`");
  });

  it("the same context drops the same, another step or name something else", () => {
    for (const layer of [dropout({ rate: 0.5 }), dropPath({ rate: 0.5 })]) {
      const drop = (ctx = step(0)) => Array.from(layer.forward(tf.ones([64]), ctx).dataSync());
      expect(drop()).toEqual(drop());
      expect(drop()).not.toEqual(drop(step(1)));
      expect(drop(scope(step(0), "a"))).not.toEqual(drop(scope(step(0), "b")));
    }
  });

  it("two in one network do not share a mask", () => {
    const both = sequential({ a: dropout({ rate: 0.5 }), b: dropout({ rate: 0.5 }) });
    const kept = both
      .forward(tf.ones([4000]), step(0))
      .dataSync()
      .filter((value) => value > 0).length;
    expect(Math.abs(kept / 4000 - 0.25)).toBeLessThan(0.05);
  });

  it("do nothing in inference, or at rate 0", () => {
    const x = tf.range(0, 7);
    for (const layer of [dropout({ rate: 0.5 }), dropPath({ rate: 0.5 })])
      assertClose(layer.forward(x, inferenceContext()), x, 0);
    for (const layer of [dropout({ rate: 0 }), dropPath({ rate: 0 })]) assertClose(layer.forward(x, step(0)), x, 0);
  });
});

describe("a rate", () => {
  it.each([-0.1, 1, NaN])("cannot be %d", (rate) => {
    expect(() => dropout({ rate })).toThrow(`dropout: \`rate\` must be at least 0 and less than 1, got ${rate}.`);
    expect(() => dropout2d({ rate })).toThrow("dropout2d: `rate` must be");
    expect(() => dropPath({ rate })).toThrow("dropPath: `rate` must be");
  });
});
