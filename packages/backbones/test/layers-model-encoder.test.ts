import * as tf from "@tensorflow/tfjs-core";
import { layersModelEncoder } from "@fovea/backbones";
import { freeze, inferenceContext, rng, trainableParams, trainingContext, valueAndGradients } from "@fovea/nn";
import { assertClose, randomTensor, sgdStep } from "@fovea/nn/testing";
import * as tfl from "@tensorflow/tfjs-layers";
import { describe, expect, it } from "vitest";
import { smallModel } from "./encoders.js";

const ctx = inferenceContext();
const images = () => randomTensor<tf.Tensor4D>([2, 16, 16, 3]);
const stages = [{ name: "low", layer: "relu" }, { name: "sum" }];

describe("layersModelEncoder", () => {
  it("gives what the model itself predicts at the cuts, and from one cut on", () => {
    const model = smallModel();
    const encoder = layersModelEncoder(model, { stages });
    const x = images();
    const cut = (layer: string) =>
      tfl
        .model({ inputs: model.inputs, outputs: model.getLayer(layer).output as tfl.SymbolicTensor })
        .predict(x) as tf.Tensor;
    const maps = encoder.maps(x, ctx, { take: ["low", "sum"] });
    const [resumed] = encoder.maps(maps[0]!, ctx, { from: "low" }) as [tf.Tensor4D];
    const wanted = [cut("relu"), cut("sum")];
    maps.forEach((map, i) => assertClose(map, wanted[i]!, 1e-6));
    assertClose(resumed, wanted[1]!, 1e-6);
    tf.dispose([x, maps, resumed, wanted]);
    encoder.dispose();
  });

  it("declares what the model's shapes say, and the names of its file", () => {
    const encoder = layersModelEncoder(smallModel(), { stages });
    expect(encoder.stages).toEqual([
      { name: "low", channels: 5, stride: 2 },
      { name: "sum", channels: 7, stride: 4 },
    ]);
    expect(Object.keys(encoder.params)).toEqual([
      ...["first/kernel", "first/bias", "norm/gamma", "norm/beta"],
      ...["left/kernel", "left/bias", "right/kernel", "right/bias"],
    ]);
    expect(Object.keys(encoder.buffers)).toEqual(["norm/moving_mean", "norm/moving_variance"]);
    encoder.dispose();
  });

  it("shares the model's weights: training the encoder trains the model", () => {
    const model = smallModel();
    const encoder = layersModelEncoder(model, { stages });
    const x = images();
    const first = model.getLayer("first").getWeights()[0]!;
    const before = [...first.dataSync()];
    const loss = () => tf.sum<tf.Scalar>(encoder.vector(x, trainingContext(rng(0))));
    const { value, gradients } = valueAndGradients(encoder.params, loss);
    sgdStep(encoder.params, gradients, 1);
    expect([...model.getLayer("first").getWeights()[0]!.dataSync()]).not.toEqual(before);
    tf.dispose([x, value, gradients]);
    encoder.dispose();
  });

  it("freezes what was frozen in the model, statistics included", () => {
    const model = smallModel();
    model.getLayer("norm").trainable = false;
    const encoder = layersModelEncoder(model, { stages });
    expect(Object.keys(trainableParams(encoder))).toEqual(
      Object.keys(encoder.params).filter((key) => !key.startsWith("norm")),
    );
    const x = images();
    encoder.vector(x, trainingContext(rng(0))).dispose();
    expect([...encoder.buffers["norm/moving_mean"]!.dataSync()]).toEqual([0, 0, 0, 0, 0]);
    x.dispose();
    encoder.dispose();
  });

  it("takes a sequential model, and frees all of a model's weights", () => {
    const before = tf.memory().numTensors;
    const model = tfl.sequential({
      layers: [
        tfl.layers.conv2d({ inputShape: [8, 8, 1], filters: 2, kernelSize: 3, strides: 2, padding: "same", name: "a" }),
        tfl.layers.conv2d({ filters: 3, kernelSize: 3, strides: 2, padding: "same", name: "b" }),
        tfl.layers.flatten(),
        tfl.layers.dense({ units: 2 }),
      ],
    });
    const encoder = layersModelEncoder(model, { stages: [{ name: "b" }] });
    expect([encoder.inChannels, encoder.stages]).toEqual([1, [{ name: "b", channels: 3, stride: 4 }]]);
    freeze(encoder, "a/");
    encoder.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses layers there are not, that give no map, or that a cut does not separate", () => {
    const model = smallModel();
    const at =
      (...layers: string[]) =>
      () =>
        layersModelEncoder(model, { stages: layers.map((name) => ({ name })) });
    expect(at()).toThrow("`stages` must name at least one layer, got [].");
    expect(at("nowhere")).toThrow("the output of the model does not depend on a layer `nowhere`.");
    expect(at("head")).toThrow("`head` must return feature maps [batch, height, width, channels], got [, 2].");
    expect(at("left", "sum")).toThrow("`sum` must come after `left` on every path from the images.");
    expect(at("sum", "relu")).toThrow("`relu` must come after `sum` on every path from the images.");
    expect(at("sum", "sum")).toThrow("`sum` must come after `sum` on every path from the images.");
    model.dispose();
  });

  it("refuses a model with two inputs, or of other things than images", () => {
    const inputs = [0, 1].map(() => tfl.input({ shape: [4, 4, 1] }));
    const model = tfl.model({ inputs, outputs: tfl.layers.add({ name: "both" }).apply(inputs) as tfl.SymbolicTensor });
    expect(() => layersModelEncoder(model, { stages: [{ name: "both" }] })).toThrow(
      "expected a model with one input, got 2.",
    );
    const words = tfl.input({ shape: [7] });
    const outputs = tfl.layers.dense({ units: 2, name: "out" }).apply(words) as tfl.SymbolicTensor;
    expect(() => layersModelEncoder(tfl.model({ inputs: words, outputs }), { stages: [{ name: "out" }] })).toThrow(
      "expected a model of images [batch, height, width, channels], got [, 7].",
    );
  });
});
