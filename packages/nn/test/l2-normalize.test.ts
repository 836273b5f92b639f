import * as tf from "@tensorflow/tfjs-core";
import { it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { l2Normalize } from "../src/index.js";
import { assertClose, assertGradient, assertNoLeak, randomTensor } from "../src/testing/index.js";

describeOnEngines("l2Normalize", () => {
  it("brings vectors along the last axis, or another, to length 1; zeros stay zeros", () => {
    assertClose(l2Normalize(tf.tensor2d([[3, -4], [0, 0]])), tf.tensor2d([[0.6, -0.8], [0, 0]])); // prettier-ignore
    assertClose(l2Normalize(tf.tensor2d([[3, 0], [4, 2]]), 0), tf.tensor2d([[0.6, 0], [0.8, 1]])); // prettier-ignore
    assertClose(tf.sum(tf.square(l2Normalize(randomTensor([2, 3, 5]))), -1), tf.ones([2, 3]));
  });

  it("does so for any finite length, where squares overflow or vanish", () => {
    assertClose(l2Normalize(tf.tensor2d([[3e30, 4e30], [3e-30, -4e-30]])), [0.6, 0.8, 0.6, -0.8]); // prettier-ignore
  });

  it("has the gradient that finite differences give", () =>
    tf.tidy(() => assertGradient((x) => l2Normalize(x!), [randomTensor([3, 5])])));

  it("has a gradient of numbers for zeros", () => {
    const gradient = tf.grad((x) => tf.sum(l2Normalize(x)))(tf.zeros([2, 3]));
    assertClose(tf.isFinite(gradient), tf.ones([2, 3]));
  });

  it("leaves nothing behind", () => {
    const x = randomTensor([3, 5]);
    assertNoLeak(() => l2Normalize(x));
    x.dispose();
  });
});
