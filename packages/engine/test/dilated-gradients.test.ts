import { assertClose, assertGradient, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

const pads = ["same", "valid", [[0, 0], [2, 0], [1, 3], [0, 0]]] as const; // prettier-ignore

describeOnEngines("convolutions with dilation", () => {
  const x = () => randomTensor<tf.Tensor4D>([2, 7, 5, 3], 1);

  it.each(pads)("learn: the gradients are what finite differences give, %s", (pad) => {
    const conv = (a: tf.Tensor, w: tf.Tensor) => tf.conv2d(a as tf.Tensor4D, w as tf.Tensor4D, 1, pad as "same", "NHWC", 2); // prettier-ignore
    assertGradient(conv, [x(), randomTensor([3, 2, 3, 2], 2)]);
  });

  it.each(pads)("depthwise learn too, %s", (pad) => {
    const conv = (a: tf.Tensor, w: tf.Tensor) => tf.depthwiseConv2d(a as tf.Tensor4D, w as tf.Tensor4D, 1, pad as "same", "NHWC", [2, 1]); // prettier-ignore
    assertGradient(conv, [x(), randomTensor([3, 2, 3, 2], 2)]);
  });

  it("have the gradient of the same filter with zeros between its weights", () => {
    const w = randomTensor<tf.Tensor4D>([2, 2, 3, 2], 2);
    const apart = (filter: tf.Tensor) =>
      tf.conv2dTranspose<tf.Tensor4D>(
        tf.reshape(tf.transpose(filter, [2, 3, 0, 1]), [6, 2, 2, 1]) as tf.Tensor4D,
        tf.ones<tf.Rank.R4>([1, 1, 1, 1]),
        [6, 3, 3, 1],
        2,
        "valid",
      );
    const spread = (filter: tf.Tensor) => tf.transpose(tf.reshape(apart(filter), [3, 2, 3, 3]), [2, 3, 0, 1]) as tf.Tensor4D; // prettier-ignore
    const dilated = tf.grad((v) => tf.sin(tf.conv2d(x(), v as tf.Tensor4D, 1, "same", "NHWC", 2)))(w);
    const zeros = tf.grad((v) => tf.sin(tf.conv2d(x(), spread(v), 1, "same")))(w);
    assertClose(dilated, zeros);
  });

  it("leave nothing behind", () => {
    const [a, w] = [x(), randomTensor<tf.Tensor4D>([2, 2, 3, 2], 2)];
    assertNoLeak(() => tf.grads((p, q) => tf.conv2d(p as tf.Tensor4D, q as tf.Tensor4D, 1, "same", "NHWC", 2))([a, w]));
  });

  it("are refused in NCHW, by a message that says so", () => {
    const run = () =>
      tf.grad((w) => tf.conv2d(randomTensor<tf.Tensor4D>([1, 1, 5, 5], 1), w as tf.Tensor4D, 1, "same", "NCHW", 2))(
        randomTensor([2, 2, 1, 1], 2),
      );
    expect(run).toThrow(/NCHW|NHWC|channelsLast/);
  });
});
