import * as tf from "@tensorflow/tfjs-core";
import { classifier, convNet } from "@fovea/backbones";
import { freeze, inferenceContext, rng, trainingContext, valueAndGradients, type Context } from "@fovea/nn";
import { assertClose, assertNoLeak, randomTensor, sgdStep } from "@fovea/nn/testing";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

const make = () => classifier(convNet({ channels: [5, 7] }), { classes: 3 });

describeOnEngines("classifier", () => {
  it("is a linear function of the encoder's vector", () => {
    const [model, encoder] = [make(), convNet({ channels: [5, 7] })];
    const images = randomTensor<tf.Tensor4D>([2, 11, 13, 3]);
    const ctx = inferenceContext();
    const [logits, vector] = [model.forward(images, ctx), encoder.vector(images, ctx)];
    tf.tidy(() => assertClose(logits, tf.matMul(vector, model.params["fc.weight"] as tf.Tensor2D)));
    tf.dispose([images, logits, vector]);
    model.dispose();
    encoder.dispose();
  });

  it("learns to tell dark from bright; what is frozen stays, statistics included", () => {
    const model = make();
    freeze(model, "stage1.");
    const frozen = ["stage1.conv.weight", "stage1.norm.bias"].map((key) => [...model.params[key]!.dataSync()]);
    const statistics = [...model.buffers["stage1.norm.running_mean"]!.dataSync()];
    const images = tf.tidy(() =>
      tf.add(tf.mul(randomTensor<tf.Tensor4D>([6, 8, 8, 3]), 0.1), tf.reshape([0, 1, 0, 1, 0, 1], [6, 1, 1, 1])),
    ) as tf.Tensor4D;
    const labels = tf.tidy(() => tf.oneHot(tf.tensor1d([0, 1, 0, 1, 0, 1], "int32"), 3));
    const loss = (ctx: Context) => () =>
      tf.mul<tf.Scalar>(tf.mean(tf.sum(tf.mul(tf.logSoftmax(model.forward(images, ctx)), labels), 1)), -1);
    const losses = Array.from({ length: 12 }, (_, step) => {
      const { value, gradients } = valueAndGradients(model.params, loss(trainingContext(rng(0).split(step))));
      sgdStep(model.params, gradients, 0.5);
      const now = value.dataSync()[0]!;
      tf.dispose([value, gradients]);
      return now;
    });
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 4);
    expect(["stage1.conv.weight", "stage1.norm.bias"].map((key) => [...model.params[key]!.dataSync()])).toEqual(frozen);
    expect([...model.buffers["stage1.norm.running_mean"]!.dataSync()]).toEqual(statistics);
    expect([...model.buffers["stage2.norm.running_mean"]!.dataSync()]).not.toEqual(statistics);
    tf.dispose([images, labels]);
    model.dispose();
  });

  it("leaves nothing behind, and frees its encoder with itself", () => {
    const before = tf.memory().numTensors;
    const model = make();
    const images = randomTensor<tf.Tensor4D>([2, 11, 13, 3]);
    assertNoLeak(() => model.forward(images, inferenceContext()));
    images.dispose();
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses no classes, and a head under a name of the encoder's", () => {
    const encoder = convNet({ channels: [2] });
    const keys = { weight: "stage1.conv.weight", bias: "fc.bias" };
    expect(() => classifier(encoder, { classes: 2, keys })).toThrow(
      "got two weights with the name `stage1.conv.weight`",
    );
    expect(() => classifier(encoder, { classes: 0 })).toThrow(
      "classifier: `classes` must be a whole number of at least 1, got 0.",
    );
    encoder.dispose();
  });
});
