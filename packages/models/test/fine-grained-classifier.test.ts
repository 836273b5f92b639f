import { convNet } from "@fovea/backbones";
import { addLosses, crossEntropy, mcLoss } from "@fovea/losses";
import { inferenceContext, pureLayer, rng, trainingContext } from "@fovea/nn";
import { assertClose, assertNoLeak, moduleContract, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fineGrainedClassifier, type FineGrainedClassifier } from "../src/index.js";

const [classes, batch, side] = [3, 4, 16];
const make = () => fineGrainedClassifier(convNet({ channels: [5, 3 * classes], seed: 1 }), { classes, seed: 2 });
const images = (seed = 0) => randomTensor<tf.Tensor4D>([batch, side, side, 3], seed);
const labels = () => tf.tensor1d([0, 1, 2, 1], "int32");
const lossOf = (model: FineGrainedClassifier, step = 0) => {
  const ctx = trainingContext(rng(0).split("step", step));
  const { maps, logits } = model.outputs(images(), ctx);
  return addLosses({
    crossEntropy: crossEntropy(logits, labels()),
    mc: mcLoss(tf.relu(maps), labels(), ctx, { classes }),
  });
};

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("fineGrainedClassifier", () => {
  for (const check of moduleContract({
    make,
    input: images,
    forward: (model, x, ctx) => model.forward(x as tf.Tensor4D, ctx),
    gradient: { epsilon: 1e-3, tolerance: 3e-2 }, // ReLUs have kinks
  }))
    it(check.name, check.run);

  it("shows its losses the encoder's last map, and the logits that it answers with", () => {
    const model = make();
    const { maps, logits } = model.outputs(images(), inferenceContext());
    assertClose(maps, model.encoder.maps(images(), inferenceContext())[0]!, 0);
    assertClose(logits, model.forward(images(), inferenceContext()), 0);
    expect(logits.shape).toEqual([batch, classes]);
    const { "head.weight": weight, "head.bias": bias } = model.params;
    assertClose(logits, tf.add(tf.matMul(tf.mean(maps, [1, 2]) as tf.Tensor2D, weight as tf.Tensor2D), bias!), 1e-5);
  });

  it("starts from a map that was kept", () => {
    const model = make();
    const [stage] = model.encoder.stages;
    const kept = model.encoder.maps(images(), inferenceContext(), { take: [stage.name] })[0]!;
    assertClose(
      model.forward(kept, inferenceContext(), { from: stage.name }),
      model.forward(images(), inferenceContext()),
      1e-6,
    );
  });

  it("reaches every weight by any loss, and trains", () => {
    const model = make();
    const first = tf.variableGrads(() => lossOf(model).total);
    expect(Object.keys(first.grads)).toHaveLength(Object.keys(model.params).length);
    const before = first.value.dataSync()[0]!;
    for (let step = 1; step <= 20; step++) tf.tidy(() => move(model, step));
    expect(lossOf(model).total.dataSync()[0]!).toBeLessThan(before - 0.5);
  });

  it("answers as if there had never been a loss", () => {
    const model = make();
    const answer = () => model.forward(images(3), inferenceContext()).dataSync().slice();
    const before = answer();
    mcLoss(tf.relu(model.outputs(images(), inferenceContext()).maps), labels(), trainingContext(rng(5)), { classes });
    expect(answer()).toEqual(before);
  });

  it("leaves nothing behind", () => {
    const model = make();
    const x = images();
    assertNoLeak(() => model.forward(x, inferenceContext()));
    assertNoLeak(() => Object.values(model.outputs(x, inferenceContext())));
    assertNoLeak(() => tf.tidy(() => Object.values(tf.variableGrads(() => lossOf(model).total).grads)));
  });

  it("refuses what cannot be", () => {
    const encoder = convNet({ channels: [4], seed: 1 });
    expect(() => fineGrainedClassifier(encoder, { classes: 1 })).toThrow(
      "`classes` must be a whole number of at least 2, got 1",
    );
    const head = pureLayer((x) => tf.mean(x, [1, 2]));
    expect(() => fineGrainedClassifier(encoder, { classes: 1 }, head)).toThrow(
      "`classes` must be a whole number of at least 2, got 1",
    );
    const model = fineGrainedClassifier(encoder, { classes }, head);
    expect(() => model.forward(images(), inferenceContext())).toThrow(
      "fineGrainedClassifier: expected `head's logits` of shape [4, 3], got [4, 4]",
    );
  });
});

function move(model: FineGrainedClassifier, step: number): void {
  const { grads } = tf.variableGrads(() => lossOf(model, step).total);
  for (const param of Object.values(model.params)) param.assign(tf.sub(param, tf.mul(grads[param.name]!, 0.02)));
}
