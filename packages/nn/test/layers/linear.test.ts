import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import { inferenceContext, linear, type Init } from "../../src/index.js";
import { assertClose, randomTensor } from "../../src/testing/index.js";

const ctx = inferenceContext();

describeOnEngines("linear", () => {
  it("is x · weight + bias on the last axis of any rank", () => {
    const layer = linear({ in: 3, out: 2 });
    layer.params["weight"]!.assign(tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]));
    layer.params["bias"]!.assign(tf.tensor1d([10, 20]));
    const y = layer.forward(tf.tensor([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1], [2, 1, 2, 3]), ctx);
    assertClose(y, tf.tensor([11, 22, 13, 24, 15, 26, 19, 32], [2, 1, 2, 2]));
    assertClose(layer.forward(tf.tensor1d([1, 1, 1]), ctx), tf.tensor1d([19, 32]));
  });

  it("is linear without its bias", () => {
    const layer = linear({ in: 3, out: 5, bias: false });
    const [a, b] = [randomTensor([2, 3], 1), randomTensor([2, 3], 2)];
    const f = (x: tf.Tensor) => layer.forward(x, ctx);
    assertClose(f(tf.add(tf.mul(a, 2), b)), tf.add(tf.mul(f(a), 2), f(b)));
    expect(Object.keys(layer.params)).toEqual(["weight"]);
  });
});

it("refuses sizes, inits and inputs that do not fit", () => {
  expect(() => linear({ in: 0, out: 2 })).toThrow("linear: `in` must be a whole number of at least 1, got 0.");
  expect(() => linear({ in: 2, out: 2, init: "he" as Init })).toThrow("linear: `init` must be one of zeros,");
  expect(() => linear({ in: 3, out: 2 }).forward(tf.zeros([4, 2]), ctx)).toThrow(
    "linear: expected `x` of shape [..., 3], got [4, 2].",
  );
});
