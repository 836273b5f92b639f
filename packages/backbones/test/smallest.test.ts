import * as backbones from "@fovea/backbones";
import { inferenceContext, rng, trainingContext, valueAndGradients, type Context, type Module } from "@fovea/nn";
import { assertClose, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { CASES } from "./encoders.js";

const { classifier, convNet, mcHead, resNet, vggClassifier } = backbones;

interface Network extends Module {
  forward(x: tf.Tensor4D, ctx: Context): tf.Tensor;
}

const heads: Readonly<Record<string, { readonly make: () => Network; readonly shape: readonly number[] }>> = {
  classifier: { make: () => classifier(convNet({ channels: [5] }), { classes: 1 }), shape: [7, 7, 3] },
  mcHead: {
    make: () => mcHead({ channels: 1, height: 1, width: 1, classes: 1, hidden: 1, pool: 1 }),
    shape: [1, 1, 1],
  },
  vggClassifier: {
    make: () => vggClassifier(convNet({ channels: [5] }), { classes: 1, hidden: 3, cells: 2, dropout: 0 }),
    shape: [7, 7, 3],
  },
};

/** Every exported network with weights: encoders give their vector, heads the score of one class. */
const networks = [
  ...CASES.map(({ name, make, side }) => ({
    name,
    shape: [side, side, 3] as readonly number[],
    make: (): Network => {
      const encoder = make(1);
      return { ...encoder, forward: (x, ctx) => encoder.vector(x, ctx) };
    },
  })),
  ...Object.entries(heads).map(([name, head]) => ({ name, ...head })),
];

const still = inferenceContext();
const learning = trainingContext(rng(1));

describe.each(networks)("$name with one image", ({ name, make, shape }) => {
  it("gives the numbers that it gives beside another", () => {
    const network = make();
    tf.tidy(() => {
      const two = randomTensor<tf.Tensor4D>([2, ...shape], 2);
      const alone = network.forward(tf.slice(two, 0, 1), still);
      assertClose(alone, tf.slice(network.forward(two, still), 0, 1), 1e-4);
    });
    network.dispose();
  });

  it(name === "mcHead" ? "says that it cannot learn from it" : "learns from it", () => {
    const network = make();
    const one = randomTensor<tf.Tensor4D>([1, ...shape], 2);
    const gradients = () =>
      tf.tidy(() => {
        const loss = () => tf.mean<tf.Scalar>(tf.square(network.forward(one, learning)));
        const { value, gradients } = valueAndGradients(network.params, loss);
        return [value, ...Object.values(gradients)].flatMap((x) => [...x.dataSync()]);
      });
    if (name === "mcHead")
      expect(gradients).toThrow(
        "batchNorm: training needs at least 2 values for each channel, got `x` of shape [1, 1].",
      );
    else expect(gradients().every(Number.isFinite)).toBe(true);
    network.dispose();
    one.dispose();
  });
});

it("says so where a batch norm has one value for each channel, since the image is no larger than the stride", () => {
  const encoder = resNet({ depth: 18, width: 2 });
  const one = randomTensor<tf.Tensor4D>([1, 32, 32, 3]);
  expect(() => encoder.vector(one, learning)).toThrow(
    "batchNorm: training needs at least 2 values for each channel, got `x` of shape [1, 1, 1, 16].",
  );
  expect(encoder.vector(one, still).shape).toEqual([1, 16]);
  encoder.dispose();
  one.dispose();
});

it("visits every export", () => {
  const visited = networks.map(({ name }) => /^\w+/.exec(name)![0]);
  const others = ["encoderOf"]; // what all encoders are made by
  expect([...new Set([...visited, ...others])].sort()).toEqual(Object.keys(backbones).sort());
});
