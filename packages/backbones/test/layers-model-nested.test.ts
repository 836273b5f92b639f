import { layersModelEncoder, type LayersModelStage } from "@fovea/backbones";
import {
  inferenceContext,
  rng,
  trainableParams,
  trainingContext,
  valueAndGradients,
  weightsOf,
  type ImageEncoder,
} from "@fovea/nn";
import { assertClose, assertParamGradient, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { block, chain, same, randomizeWeights } from "./layers-models.js";

const ctx = inferenceContext();
const images = () => randomTensor<tf.Tensor4D>([2, 16, 16, 3]);

const gradientsOf = (encoder: ImageEncoder, x: tf.Tensor4D, context = ctx) =>
  valueAndGradients(encoder.params, () => tf.mean(tf.square(encoder.vector(x, context)))).gradients;
const sizeOf = (x: tf.Tensor | undefined) => (x ? tf.max(tf.abs(x)).dataSync()[0]! : 0);

describe("layersModelEncoder of models in a model", () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  /** Two blocks whose layers have the same names. */
  const twoBlocks = () => {
    const input = tfl.input({ shape: [16, 16, 3] });
    const model = tfl.model({ inputs: input, outputs: chain(input, block("left", 3, 5), block("right", 5, 7)) });
    randomizeWeights(model);
    return model;
  };

  it("has every weight under a name of its own, and a gradient for each", () => {
    const model = twoBlocks();
    const encoder = layersModelEncoder(model, { stages: [{ name: "left" }, { name: "right" }] });
    const leaves = ["conv/kernel", "conv/bias", "norm/gamma", "norm/beta"];
    expect(Object.keys(encoder.params)).toEqual(
      ["left", "right"].flatMap((name) => leaves.map((leaf) => `${name}/${leaf}`)),
    );
    expect(Object.keys(encoder.buffers)).toEqual(
      ["left", "right"].flatMap((name) => [`${name}/norm/moving_mean`, `${name}/norm/moving_variance`]),
    );
    expect(new Set(Object.values(weightsOf(encoder))).size).toBe(model.weights.length);
    const x = images();
    for (const [key, gradient] of Object.entries(gradientsOf(encoder, x)))
      expect(sizeOf(gradient), key).toBeGreaterThan(0);
    assertClose(encoder.maps(x, ctx)[0]!, model.predict(x) as tf.Tensor, 1e-6);
  });

  it("keeps the names of the file where they are names of one weight", () => {
    const input = tfl.input({ shape: [16, 16, 3] });
    const outputs = chain(input, tfl.layers.conv2d({ ...same, name: "stem", filters: 3 }), block("only", 3, 5));
    const encoder = layersModelEncoder(tfl.model({ inputs: input, outputs }), { stages: [{ name: "only" }] });
    expect(Object.keys(encoder.params)).toEqual([
      ...["stem/kernel", "stem/bias", "conv/kernel", "conv/bias", "norm/gamma", "norm/beta"],
    ]);
  });

  it("is cut inside an inner model too, however deep", () => {
    const input = tfl.input({ shape: [16, 16, 3] });
    const between = tfl.input({ shape: [null, null, 3] });
    const [inner, last] = [block("inner", 3, 5), block("last", 5, 7)];
    const outer = tfl.model({ name: "outer", inputs: between, outputs: chain(between, inner, last) });
    const model = tfl.model({ inputs: input, outputs: outer.apply(input) as tfl.SymbolicTensor });
    randomizeWeights(model);
    const encoder = layersModelEncoder(model, {
      stages: [
        { name: "low", layer: "outer/inner/conv" },
        { name: "high", layer: "outer" },
      ],
    });
    expect(encoder.stages).toEqual([
      { name: "low", channels: 5, stride: 2 },
      { name: "high", channels: 7, stride: 4 },
    ]);
    const x = images();
    const [low, high] = encoder.maps(x, ctx, { take: ["low", "high"] }) as [tf.Tensor4D, tf.Tensor4D];
    assertClose(low, inner.getLayer("conv").apply(x) as tf.Tensor, 1e-6);
    assertClose(high, model.predict(x) as tf.Tensor, 1e-6);
    assertClose(encoder.maps(low, ctx, { from: "low" })[0]!, high, 1e-6);
  });

  it("leaves out what lies beyond the last stage inside an inner model", () => {
    const encoder = layersModelEncoder(twoBlocks(), { stages: [{ name: "low", layer: "right/conv" }] });
    expect(Object.keys(encoder.params).filter((key) => key.startsWith("right"))).toEqual([
      "right/conv/kernel",
      "right/conv/bias",
    ]);
  });

  it("freezes what was frozen where it was made, and whole inner models, statistics included", () => {
    const input = tfl.input({ shape: [16, 16, 3] });
    const [left, right] = [block("left", 3, 5), block("right", 5, 7)];
    const made = tfl.layers.batchNormalization({ name: "made", trainable: false });
    const outer = tfl.sequential({ name: "outer", layers: [block("in", 3, 3, 16)] });
    const model = tfl.model({ inputs: input, outputs: chain(input, outer, left, made, right) });
    outer.trainable = false;
    right.getLayer("norm").trainable = false;
    const encoder = layersModelEncoder(model, { stages: [{ name: "right" }] });
    expect(Object.keys(trainableParams(encoder))).toEqual([
      ...[
        "left/conv/kernel",
        "left/conv/bias",
        "left/norm/gamma",
        "left/norm/beta",
        "right/conv/kernel",
        "right/conv/bias",
      ],
    ]);
    const statistics = () => Object.values(encoder.buffers).map((buffer) => [...buffer.dataSync()]);
    const before = statistics();
    encoder.vector(images(), trainingContext(rng(0)));
    const moved = statistics().map((values, i) => String(values) !== String(before[i]));
    expect(Object.keys(encoder.buffers).filter((_, i) => moved[i])).toEqual([
      "left/norm/moving_mean",
      "left/norm/moving_variance",
    ]);
  });

  it("says so if two weights have one name all the same", () => {
    const input = tfl.input({ shape: [16, 16, 3] });
    const conv = tfl.layers.conv2d({ ...same, name: "a/conv", filters: 3 });
    const model = tfl.model({ inputs: input, outputs: chain(input, conv, block("a", 3, 3), block("b", 3, 3)) });
    expect(() => layersModelEncoder(model, { stages: [{ name: "b" }] })).toThrow(
      "layersModelEncoder: expected a different name for every weight, got two weights with the name `a/conv/kernel`.",
    );
  });

  it("is cut at the model that a sequential one begins with", () => {
    const model = tfl.sequential({
      layers: [block("trunk", 3, 5, 16), tfl.layers.flatten(), tfl.layers.dense({ units: 2 })],
    });
    randomizeWeights(model);
    const encoder = layersModelEncoder(model, { stages: [{ name: "low", layer: "conv" }, { name: "trunk" }] });
    const x = images();
    const trunk = model.layers[0] as tfl.Sequential;
    assertClose(encoder.maps(x, ctx)[0]!, trunk.predict(x) as tf.Tensor, 1e-6);
    expect(encoder.stages.map(({ stride }) => stride)).toEqual([2, 2]);
  });
});

describe("layersModelEncoder of layers that are used more than once", () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  /** A convolution of stride 1 and a block of stride 2, each used twice in turn. */
  const shared = () => {
    const input = tfl.input({ shape: [16, 16, 3] });
    const conv = tfl.layers.conv2d({ ...same, name: "conv", strides: 1, filters: 3 });
    const half = block("half", 3, 3);
    const model = tfl.model({ inputs: input, outputs: chain(input, conv, half, conv, half) });
    randomizeWeights(model);
    return { model, conv, half };
  };

  it("asks which use is meant, and cuts there", () => {
    const { model, conv, half } = shared();
    const at = (...stages: LayersModelStage[]) => layersModelEncoder(model, { stages });
    expect(() => at({ name: "conv" })).toThrow(
      "layersModelEncoder: `conv` is used 2 times in this model; give one as `output`: `getOutputAt(0)` or `getOutputAt(1)` " +
        "of that layer.",
    );
    expect(() => at({ name: "half" })).toThrow(
      "`half` is used 2 times in this model; give one as `output`: `getOutputAt(1)` or `getOutputAt(2)` of that layer.",
    );
    expect(at({ name: "half", output: half.getOutputAt(1) as tfl.SymbolicTensor }).stages[0].stride).toBe(2);
    const [first, second] = [0, 1].map((i) => conv.getOutputAt(i) as tfl.SymbolicTensor);
    const encoder = at(
      { name: "a", output: first! },
      { name: "b", output: second! },
      { name: "c", output: model.outputs[0]! },
    );
    expect(encoder.stages.map(({ stride }) => stride)).toEqual([1, 2, 4]);
    const x = images();
    encoder.maps(x, ctx, { take: ["a", "b", "c"] }).forEach((map, i) => {
      const outputs = [first!, second!, model.outputs[0]!][i]!;
      assertClose(map, tfl.model({ inputs: model.inputs, outputs }).predict(x) as tf.Tensor, 1e-6);
    });
  });

  it("says that a map inside one of several uses of a model cannot be named", () => {
    const { model, half } = shared();
    const inside = half.getLayer("norm").output as tfl.SymbolicTensor;
    for (const stage of [{ name: "half/norm" }, { name: "norm" }, { name: "map", output: inside }])
      expect(() => layersModelEncoder(model, { stages: [stage] })).toThrow(
        "layersModelEncoder: `half/norm` lies in a model that is used more than once, and a map inside one of its uses cannot " +
          "be named; cut at an output of that model instead.",
      );
  });

  it("has their weights once, with the gradient of all their uses", () => {
    const { model } = shared();
    const encoder = layersModelEncoder(model, { stages: [{ name: "map", output: model.outputs[0]! }] });
    expect(Object.keys(encoder.params)).toEqual([
      ...["conv/kernel", "conv/bias", "half/conv/kernel", "half/conv/bias", "norm/gamma", "norm/beta"],
    ]);
    assertParamGradient(encoder, () => tf.mean(tf.square(encoder.vector(images(), ctx))), {
      epsilon: 1e-3,
      tolerance: 3e-2,
    });
  });

  it("refuses an output that is none of the model's", () => {
    const other = tfl.input({ shape: [16, 16, 3] });
    expect(() => layersModelEncoder(shared().model, { stages: [{ name: "map", output: other }] })).toThrow(
      "layersModelEncoder: the output of the model does not depend on the `output` of `map`.",
    );
  });

  it("tells the outputs of a layer that has several", () => {
    const inner = tfl.input({ shape: [null, null, 3] });
    const ends = ["one", "two"].map((name) => tfl.layers.conv2d({ ...same, name, filters: 2 }).apply(inner));
    const fork = tfl.model({ name: "fork", inputs: inner, outputs: ends as tfl.SymbolicTensor[] });
    const input = tfl.input({ shape: [16, 16, 3] });
    const forked = fork.apply(input) as tfl.SymbolicTensor[];
    const model = tfl.model({
      inputs: input,
      outputs: tfl.layers.concatenate({ name: "both" }).apply(forked) as tfl.SymbolicTensor,
    });
    const x = images();
    const [one, two] = tf.split(model.predict(x) as tf.Tensor4D, 2, 3) as [tf.Tensor4D, tf.Tensor4D];
    const map = (stage: LayersModelStage) => layersModelEncoder(model, { stages: [stage] }).maps(x, ctx)[0]!;
    assertClose(map({ name: "two", output: forked[1]! }), two, 1e-6);
    assertClose(map({ name: "one", layer: "fork/one" }), one, 1e-6);
    expect(() => map({ name: "fork" })).toThrow(
      "`fork` has 2 outputs in this model; give one as `output`: `getOutputAt(1)[0]` or `getOutputAt(1)[1]` of that layer.",
    );
    assertClose(map({ name: "two", output: (fork.getOutputAt(1) as tfl.SymbolicTensor[])[1]! }), two, 1e-6);
  });

  it("does not hand back what it was given where a stage's layers do", () => {
    const input = tfl.input({ shape: [16, 16, 3] });
    const model = tfl.model({ inputs: input, outputs: chain(input, tfl.layers.dropout({ name: "drop", rate: 0.5 })) });
    const x = images();
    const [map] = layersModelEncoder(model, { stages: [{ name: "drop" }] }).maps(x, ctx) as [tf.Tensor4D];
    map.dispose();
    expect(x.isDisposed).toBe(false);
  });
});
