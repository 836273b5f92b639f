import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { inferenceContext, rng, trainingContext } from "@fovea/nn";
import { assertClose, moduleContract, randomTensor } from "@fovea/nn/testing";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { classifierHead } from "../src/index.js";

const ctx = inferenceContext();
const x = randomTensor([3, 5]);

describeOnEngines("classifierHead", () => {
  for (const { name, run } of moduleContract({
    make: () => classifierHead({ dim: 5, classes: 7, init: "xavierUniform" }),
    input: () => tf.clone(x),
    forward: (head, x, ctx) => head.forward(x, ctx),
  }))
    it(name, run);

  it("starts at zero: every class is equally likely, the loss is ln classes", () => {
    const head = classifierHead({ dim: 5, classes: 7 });
    const logits = head.forward(x, ctx);
    assertClose(logits, tf.zeros([3, 7]), 0);
    assertClose(tf.neg(tf.mean(tf.logSoftmax(logits as tf.Tensor2D))), Math.log(7));
    expect(Object.keys(head.params)).toEqual(["weight", "bias"]);
    head.dispose();
  });

  it("drops only in training", () => {
    const head = classifierHead({ dim: 5, classes: 7, dropout: 0.5, init: "xavierUniform" });
    const expected = tf.matMul(x as tf.Tensor2D, head.params["weight"] as tf.Tensor2D);
    assertClose(head.forward(x, ctx), expected);
    const train = () => head.forward(x, trainingContext(rng(1)));
    assertClose(train(), train(), 0);
    expect(() => assertClose(train(), expected)).toThrow("assertClose");
    head.dispose();
  });
});

it("says what it refuses", () => {
  expect(() => classifierHead({ dim: 5, classes: 0 })).toThrow(
    "classifierHead: `classes` must be a whole number of at least 1, got 0.",
  );
  expect(() => classifierHead({ dim: 5, classes: 7, dropout: 1 })).toThrow(
    "classifierHead: `dropout` must be at least 0 and less than 1, got 1.",
  );
});
