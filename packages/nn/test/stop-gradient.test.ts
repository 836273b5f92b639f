import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { stopGradient, withoutGradient } from "../src/index.js";
import { assertClose, assertNoLeak } from "../src/testing/index.js";

describeOnEngines("stopGradient", () => {
  it("keeps the values and is constant: d (stop(x) · x) / dx = x", () => {
    const { value, grad } = tf.valueAndGrad((x) => tf.mul(stopGradient(x), x))(tf.tensor1d([2, 3]));
    assertClose(value, [4, 9]);
    assertClose(grad, [2, 3]);
  });

  it("is made of withoutGradient, which takes functions that have no gradient: d (x · [x > 2]) / dx = [x > 2]", () => {
    const above = (x: tf.Tensor) => withoutGradient(x, (x) => tf.cast(tf.greater(x, 2), "float32"));
    const { value, grad } = tf.valueAndGrad((x) => tf.mul(above(x), x))(tf.tensor1d([2, 3]));
    assertClose(value, [0, 3]);
    assertClose(grad, [0, 1]);
  });

  it("leaves its input alive and nothing behind", () => {
    const x = tf.scalar(3);
    assertNoLeak(() => stopGradient(x));
    expect(x.isDisposed).toBe(false);
  });
});
