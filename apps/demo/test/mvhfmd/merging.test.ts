import * as tf from "@tensorflow/tfjs-core";
import { mobileNetV2 } from "@fovea/backbones";
import { freeze, rng, trainingContext } from "@fovea/nn";
import { randomTensor } from "@fovea/nn/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { mergings } from "../../src/mvhfmd/merging.js";

const stage = "block_13_expand_relu";
const config = { classes: 4, imageSize: [32, 32], stage, dim: 8, depth: 1, heads: 2 } as const;

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

it.each(mergings.map((merging) => [merging.id, merging] as const))(
  "%s learns, and has every row it promises",
  (_, merging) => {
    const stem = mobileNetV2({ alpha: 0.35, until: stage });
    freeze(stem);
    const model = merging.build(stem, config, 3);
    const images = randomTensor<tf.Tensor5D>([2, 2, 32, 32, 3]);
    const labels = tf.tensor1d([1, 3], "int32");
    const mask = tf.tensor2d([1, 1, 1, 0], [2, 2]);
    const ctx = () => trainingContext(rng(1));
    const views = merging.from === "image" ? images : model.encode(images, ctx());
    const { value } = tf.variableGrads(
      () => merging.loss(model.forward({ views, from: merging.from, mask }, ctx(), merging.learns), labels, mask).total,
    );
    const losses = merging.learns.length; // ln 4 for each, since heads start at zero
    expect(value.dataSync()[0]).toBeCloseTo(losses * Math.log(4), 4);
    for (const { output } of merging.rows) {
      const logits = model.forward({ views, from: merging.from, mask }, ctx(), [output])[output]!;
      expect(logits.shape.at(-1)).toBe(4);
    }
  },
);
