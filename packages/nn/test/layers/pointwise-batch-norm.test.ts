import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import * as nn from "../../src/index.js";
import { assertClose, randomTensor } from "../../src/testing/index.js";

const training = () => nn.trainingContext(nn.rng(0));
const inference = nn.inferenceContext();
const shape = [2, 5, 7, 3];

/** The layer, and the convolution and the norm that it stands for, under the same weights. */
function both(out: number) {
  const config = { in: 3, out, epsilon: 0.01, momentum: 0.3 };
  const one = nn.pointwiseBatchNorm({ ...config, seed: 4 });
  const conv = nn.conv2d({ in: 3, out, kernel: 1, padding: 0, bias: false });
  const two = nn.sequential({ conv, norm: nn.batchNorm({ channels: out, epsilon: 0.01, momentum: 0.3 }) });
  const numbers = Object.entries(nn.weightsOf(one)).map(([key, variable], i) => {
    const value = tf.add(randomTensor(variable.shape, i), key.endsWith("var") ? 4 : 0.5);
    [one, two].forEach((module) => nn.weightsOf(module)[key]!.assign(value));
  });
  expect(numbers.length).toBe(5);
  return { one, two };
}

describeOnEngines("pointwiseBatchNorm", () => {
  it.each([5, 6, 17])("is a convolution and its batch norm in training, with %i outputs of 3 inputs", (out) => {
    const { one, two } = both(out);
    const x = tf.add(tf.mul(randomTensor(shape, 9), 2), 3);
    const dy = randomTensor([...shape.slice(0, 3), out], 10);
    const run = (layer: nn.Layer) => {
      const loss = (x: tf.Tensor): tf.Scalar => tf.sum(tf.mul(layer.forward(x, training()), dy));
      const { gradients } = nn.valueAndGradients(layer.params, () => loss(x));
      return { y: layer.forward(x, training()), dx: tf.grad(loss)(x), ...gradients, ...layer.buffers };
    };
    const [actual, expected] = [run(one), run(two)];
    expect(Object.keys(actual).length).toBe(7);
    for (const [key, value] of Object.entries(expected)) assertClose(actual[key as "y"]!, value, 1e-4);
  });

  it("moves its running statistics once a pass", () => {
    const { one, two } = both(8);
    const x = randomTensor(shape, 9);
    for (const layer of [one, two]) layer.forward(x, training());
    for (const [key, value] of Object.entries(two.buffers)) assertClose(one.buffers[key]!, value, 1e-5);
  });

  it.each([
    [2, 5, 7, 3],
    [1, 1, 2, 3],
  ])("is both in inference, and frozen in training, for [%i, %i, %i, %i]", (...shape) => {
    // prettier-ignore
    const { one, two } = both(8);
    const x = randomTensor(shape, 9);
    const expected = two.forward(x, inference);
    assertClose(one.forward(x, inference), expected, 1e-5);
    nn.freeze(one, "norm");
    assertClose(one.forward(x, training()), expected, 1e-5);
    const gradients = [one, two].map((layer) => tf.grad((x) => layer.forward(x, inference))(x));
    assertClose(gradients[0]!, gradients[1]!, 1e-5);
  });

  it("turns channels that do not vary into the bias, also of inputs that are the same", () => {
    const { one } = both(8);
    one.params["norm.bias"]!.assign(tf.range(0, 8));
    const y = one.forward(tf.tile(tf.tensor([100, -300, 7], [1, 1, 1, 3]), [2, 5, 7, 1]), training());
    assertClose(y, tf.tile(tf.reshape(tf.range(0, 8), [1, 1, 1, 8]), [2, 5, 7, 1]), 1e-3);
    const same = tf.tile(randomTensor([2, 5, 7, 1], 3), [1, 1, 1, 3]);
    one.params["conv.weight"]!.assign(tf.tile(tf.tensor([1, -2, 1], [1, 1, 3, 1]), [1, 1, 1, 8])); // their sum is 0
    assertClose(one.forward(same, training()), tf.tile(tf.reshape(tf.range(0, 8), [1, 1, 1, 8]), [2, 5, 7, 1]), 1e-3);
  });

  it("refuses what it cannot do", () => {
    expect(() => nn.pointwiseBatchNorm({ in: 0, out: 3 })).toThrow("pointwiseBatchNorm: `in` must be");
    const layer = nn.pointwiseBatchNorm({ in: 3, out: 6 });
    expect(() => layer.forward(tf.zeros([1, 1, 1, 3]), training())).toThrow(
      "pointwiseBatchNorm: training needs at least 2 values for each channel, got `x` of shape [1, 1, 1, 3].",
    );
    expect(() => layer.forward(tf.zeros([2, 4, 4, 4]), training())).toThrow("pointwiseBatchNorm: expected `x`");
  });
});
