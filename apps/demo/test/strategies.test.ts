import * as tf from "@tensorflow/tfjs-core";
import { mobileNetV2 } from "@fovea/backbones";
import { freeze, rng, trainingContext } from "@fovea/nn";
import { randomTensor } from "@fovea/nn/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { STRATEGIES, strategiesOf } from "../src/mvhfmd/strategies.js";

const stage = "block_13_expand_relu";
const config = { classes: 4, imageSize: [32, 32], stage, dim: 8, depth: 1, heads: 2 } as const;

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

it.each(STRATEGIES.map((strategy) => [strategy.id, strategy] as const))(
  "%s learns, and has every row it promises",
  (_, strategy) => {
    const stem = mobileNetV2({ alpha: 0.35, until: stage });
    freeze(stem);
    const model = strategy.build(stem, config, 3);
    const images = randomTensor<tf.Tensor5D>([2, 2, 32, 32, 3]);
    const labels = tf.tensor1d([1, 3], "int32");
    const mask = tf.tensor2d([1, 1, 1, 0], [2, 2]);
    const ctx = () => trainingContext(rng(1));
    const views = strategy.from === "image" ? images : model.encode(images, ctx());
    const { value } = tf.variableGrads(
      () =>
        strategy.loss(model.forward({ views, from: strategy.from, mask }, ctx(), strategy.learns), labels, mask).total,
    );
    const losses = strategy.learns.length; // ln 4 for each, since heads start at zero
    expect(value.dataSync()[0]).toBeCloseTo(losses * Math.log(4), 4);
    for (const { output } of strategy.rows) {
      const logits = model.forward({ views, from: strategy.from, mask }, ctx(), [output])[output]!;
      expect(logits.shape.at(-1)).toBe(4);
    }
  },
);

it("finds strategies by id, in their own order, and names the ones there are", () => {
  expect(strategiesOf(["mv-hfmd", "single"]).map(({ id }) => id)).toEqual(["single", "mv-hfmd"]);
  expect(() => strategiesOf(["midlle"])).toThrow("mvhfmd: no strategy `midlle`; there are single, early-image,");
});
