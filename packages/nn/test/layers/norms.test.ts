import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import * as nn from "../../src/index.js";
import { assertClose, assertNoLeak, randomTensor } from "../../src/testing/index.js";

const training = () => nn.trainingContext(nn.rng(0));
const inference = nn.inferenceContext();

/** Numbers whose mean is far from 0 and whose variance is far from 1. */
const wide = (shape: number[], seed = 0): tf.Tensor => tf.add(tf.mul(randomTensor(shape, seed), 5), 30);

describeOnEngines("layerNorm and groupNorm", () => {
  it("give mean 0 and variance 1 before scale and shift", () => {
    const y = nn.layerNorm({ dim: 7 }).forward(wide([2, 3, 7]), inference);
    const { mean, variance } = tf.moments(y, -1);
    assertClose(mean, tf.zeros([2, 3]), 1e-4);
    assertClose(variance, tf.ones([2, 3]), 1e-4);

    const groups = nn.groupNorm({ channels: 6, groups: 3 }).forward(wide([2, 3, 5, 6]), inference);
    const moments = tf.moments(tf.reshape(groups, [2, 15, 3, 2]), [1, 3]);
    assertClose(moments.mean, tf.zeros([2, 3]), 1e-4);
    assertClose(moments.variance, tf.ones([2, 3]), 1e-4);
  });

  it("scale and shift by channel", () => {
    const x = wide([2, 5, 6]);
    for (const layer of [nn.layerNorm({ dim: 6 }), nn.groupNorm({ channels: 6, groups: 2 })]) {
      const before = layer.forward(x, inference);
      const [scale, shift] = [randomTensor([6], 1), randomTensor([6], 2)];
      layer.params["weight"]!.assign(scale);
      layer.params["bias"]!.assign(shift);
      assertClose(layer.forward(x, inference), tf.add(tf.mul(before, scale), shift));
    }
  });

  it("groupNorm with one cell and one group is layerNorm", () => {
    const x = wide([3, 7]);
    const group = nn.groupNorm({ channels: 7, groups: 1, epsilon: 1e-6 }).forward(x, inference);
    assertClose(group, nn.layerNorm({ dim: 7 }).forward(x, inference));
  });

  it("turn a constant into the bias, not into NaN", () => {
    assertClose(nn.layerNorm({ dim: 5 }).forward(tf.fill([2, 5], 1e4), inference), tf.zeros([2, 5]));
    assertClose(
      nn.groupNorm({ channels: 4, groups: 2 }).forward(tf.fill([2, 3, 4], 7), training()),
      tf.zeros([2, 3, 4]),
    );
  });
});

describeOnEngines("batchNorm", () => {
  const channels = 3;

  it("gives every channel mean 0 and variance 1 in training", () => {
    const y = nn.batchNorm({ channels }).forward(wide([4, 5, 2, channels]), training());
    const { mean, variance } = tf.moments(y, [0, 1, 2]);
    assertClose(mean, tf.zeros([channels]), 1e-4);
    assertClose(variance, tf.ones([channels]), 1e-4);
  });

  it("moves its running statistics as PyTorch does: s ← 0.9 s + 0.1 · batch, with the unbiased variance", () => {
    const layer = nn.batchNorm({ channels });
    const x = wide([7, channels]);
    const { mean, variance } = tf.moments(x, 0);
    for (let step = 0; step < 3; step++) layer.forward(x, training());
    const share = 1 - 0.9 ** 3; // of the batch, after three equal ones
    assertClose(layer.buffers["running_mean"]!, tf.mul(mean, share), 1e-4);
    assertClose(layer.buffers["running_var"]!, tf.add(tf.mul(variance, (share * 7) / 6), 1 - share), 1e-4);
  });

  it("uses them in inference, and does not move them", () => {
    const layer = nn.batchNorm({ channels, epsilon: 0.5 });
    const [x, mean, variance] = [wide([7, channels]), tf.tensor1d([28, 30, 32]), tf.tensor1d([1, 4, 9])];
    const [weight, bias] = [randomTensor([channels], 1), randomTensor([channels], 2)];
    Object.entries({ weight, bias }).forEach(([name, value]) => layer.params[name]!.assign(value));
    Object.entries({ running_mean: mean, running_var: variance }).forEach(([k, v]) => layer.buffers[k]!.assign(v));
    const scaled = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 0.5)));
    assertClose(layer.forward(x, inference), tf.add(tf.mul(scaled, weight), bias), 1e-4);
    assertClose(layer.buffers["running_mean"]!, mean, 0);
  });

  it("is, frozen, in training what it is in inference, and trains again unfrozen", () => {
    const layer = nn.batchNorm({ channels });
    const x = wide([7, channels]);
    nn.freeze(layer);
    assertClose(layer.forward(x, training()), layer.forward(x, inference), 0);
    assertClose(layer.buffers["running_mean"]!, [0, 0, 0], 0);
    const scale = 1 / Math.sqrt(1 + 1e-5);
    assertClose(tf.grad((x) => layer.forward(x, training()))(x), tf.fill([7, channels], scale));
    nn.unfreeze(layer);
    layer.forward(x, training());
    expect(layer.buffers["running_mean"]!.dataSync()[0]).not.toBe(0);
  });

  it("updates once a pass and leaves nothing behind, under a gradient too", () => {
    const layer = nn.batchNorm({ channels });
    const x = wide([7, channels]);
    assertNoLeak(() => {
      const { value, gradients } = nn.valueAndGradients(layer.params, () => tf.sum(layer.forward(x, training())));
      return [value, gradients];
    });
    const { mean } = tf.moments(x, 0);
    assertClose(layer.buffers["running_mean"]!, tf.mul(mean, 1 - 0.9 ** 4), 1e-4); // one pass to warm up, three counted
    expect(Object.values(layer.buffers).every((buffer) => !buffer.trainable && !buffer.isDisposed)).toBe(true);
  });

  it("has a gradient that is orthogonal to constants and to its output, sample by sample", () => {
    const layer = nn.batchNorm({ channels, epsilon: 0 });
    const x = wide([11, channels]);
    const y = layer.forward(x, training());
    const dx = tf.grad((x) => tf.mul(layer.forward(x, training()), randomTensor([11, channels], 5)))(x);
    assertClose(tf.sum(dx, 0), tf.zeros([channels]), 1e-4);
    assertClose(tf.sum(tf.mul(dx, y), 0), tf.zeros([channels]), 1e-4);
  });
});

it("normalizations refuse what they cannot do", () => {
  expect(() => nn.groupNorm({ channels: 6, groups: 4 })).toThrow(
    "groupNorm: `groups` must divide `channels` = 6, got 4.",
  );
  expect(() => nn.layerNorm({ dim: 0 })).toThrow("layerNorm: `dim` must be");
  expect(() => nn.batchNorm({ channels: 3 }).forward(tf.zeros([1, 3]), training())).toThrow(
    "batchNorm: training needs at least 2 values for each channel, got `x` of shape [1, 3].",
  );
  expect(() => nn.batchNorm({ channels: 3 }).forward(tf.zeros([2, 4]), training())).toThrow(
    "batchNorm: expected `x` of shape [..., 3], got [2, 4].",
  );
});
