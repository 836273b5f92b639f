import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { assertGradient, randomTensor } from "../../nn/src/testing/index.js";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

describeOnEngines("convolutions", () => {
  it("have the gradient that finite differences give", () => {
    assertGradient(
      (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, "same"),
      [randomTensor([2, 5, 7, 3], 1), randomTensor([3, 3, 3, 2], 2)],
    );
    expect(tf.getKernel(tf.Conv2DBackpropFilter, tf.getBackend())).toBeDefined();
  });
});
