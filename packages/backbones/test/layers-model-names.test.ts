import { layersModelEncoder, type LayersModelStage } from "@fovea/backbones";
import { inferenceContext } from "@fovea/nn";
import { assertClose, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { block, chain, same, randomizeWeights } from "./layers-models.js";

const ctx = inferenceContext();
const images = () => randomTensor<tf.Tensor4D>([2, 16, 16, 3]);

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("the name of a layer is where it lies", () => {
  const cut = (model: tfl.LayersModel, ...stages: LayersModelStage[]) => layersModelEncoder(model, { stages });
  /** The keys of its params up to a stage are called as the layers are. */
  const keysUpTo = (model: tfl.LayersModel, layer: string) => Object.keys(cut(model, { name: layer }).params);

  it("also in the model that a sequential one begins with", () => {
    const [left, right] = [block("left", 3, 5, 16), block("right", 5, 7)];
    const model = tfl.sequential({ layers: [left, right] });
    randomizeWeights(model);
    expect(keysUpTo(model, "left/conv")).toEqual(["left/conv/kernel", "left/conv/bias"]);
    expect(keysUpTo(model, "right/conv").at(-1)).toBe("right/conv/bias");
    const x = images();
    const encoder = cut(model, { name: "low", layer: "left/conv" }, { name: "left" }, { name: "right" });
    const maps = encoder.maps(x, ctx, { take: ["low", "left", "right"] });
    const wanted = [left.layers[0]!.apply(x) as tf.Tensor, left.predict(x) as tf.Tensor, model.predict(x) as tf.Tensor];
    wanted.forEach((map, i) => assertClose(maps[i]!, map, 1e-6));
  });

  it("also where that one begins with a model, too", () => {
    const inner = tfl.sequential({ name: "inner", layers: [block("left", 3, 5, 16), block("right", 5, 7)] });
    const model = tfl.sequential({ layers: [inner, block("right", 7, 2)] });
    expect(keysUpTo(model, "inner/left/conv")).toEqual(["inner/left/conv/kernel", "inner/left/conv/bias"]);
    expect(cut(model, { name: "inner/left" }, { name: "inner" }).stages.map(({ channels }) => channels)).toEqual([
      5, 7,
    ]);
  });

  it("and may be left out where it is the only one of its name", () => {
    const input = tfl.input({ shape: [16, 16, 3] });
    const trunk = block("trunk", 3, 5);
    const relu = tfl.layers.reLU({ name: "relu" });
    const model = tfl.model({ inputs: input, outputs: chain(input, trunk, relu, block("top", 5, 7)) });
    const begins = tfl.sequential({ layers: [block("trunk", 3, 5, 16), tfl.layers.reLU({ name: "relu" })] });
    expect(keysUpTo(begins, "conv")).toEqual(["conv/kernel", "conv/bias"]); // that key is short, too
    expect(cut(model, { name: "relu" }).stages[0].channels).toBe(5);
    expect(() => cut(model, { name: "conv" })).toThrow(
      "layersModelEncoder: several layers are called `conv`; give one of trunk/conv, top/conv.",
    );
  });

  it("and that of the outermost of them, if a layer lies in several places", () => {
    const input = tfl.input({ shape: [16, 16, 3] });
    const conv = tfl.layers.conv2d({ ...same, name: "conv", strides: 1, filters: 3 });
    const inner = tfl.input({ shape: [null, null, 3] });
    const half = tfl.model({ name: "half", inputs: inner, outputs: conv.apply(inner) as tfl.SymbolicTensor });
    const model = tfl.model({ inputs: input, outputs: chain(input, half, conv) });
    randomizeWeights(model);
    const x = images();
    const encoder = cut(model, { name: "half/conv" }, { name: "conv" });
    const [first, second] = encoder.maps(x, ctx, { take: ["half/conv", "conv"] });
    assertClose(first!, conv.apply(x) as tf.Tensor, 1e-6);
    assertClose(second!, model.predict(x) as tf.Tensor, 1e-6);
    expect(Object.keys(encoder.params)).toEqual(["conv/kernel", "conv/bias"]);
  });
});

describe("layersModelEncoder of layers of one's own", () => {
  /** x and 2 x. */
  class Both extends tfl.layers.Layer {
    static className = "Both";
    override computeOutputShape(shape: tfl.Shape): tfl.Shape[] {
      return [shape, shape];
    }
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      return [tf.clone(x), tf.mul(x, 2)];
    }
  }
  /** Has layers as a model has, but no graph. */
  class Wrapper extends tfl.layers.Layer {
    static className = "Wrapper";
    readonly layers = [tfl.layers.reLU()];
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return this.layers[0]!.apply(inputs) as tf.Tensor;
    }
  }

  it("tells the outputs of one that has two from the uses of one that is used twice", () => {
    const input = tfl.input({ shape: [16, 16, 3] });
    const [one, two] = new Both({ name: "both" }).apply(input) as tfl.SymbolicTensor[];
    const outputs = tfl.layers.add({ name: "sum" }).apply([one!, two!]) as tfl.SymbolicTensor;
    const model = tfl.model({ inputs: input, outputs });
    const at = (stage: LayersModelStage) => layersModelEncoder(model, { stages: [stage] });
    expect(() => at({ name: "both" })).toThrow(
      "layersModelEncoder: `both` has 2 outputs in this model; give one as `output`: `getOutputAt(0)[0]` or " +
        "`getOutputAt(0)[1]` of that layer.",
    );
    const x = images();
    const output = (model.getLayer("both").getOutputAt(0) as tfl.SymbolicTensor[])[1]!;
    assertClose(at({ name: "double", output }).maps(x, ctx)[0]!, tf.mul(x, 2), 0);
  });

  it("takes one that has `layers` for no model", () => {
    const input = tfl.input({ shape: [16, 16, 3] });
    const conv = tfl.layers.conv2d({ ...same, name: "conv", filters: 5 });
    const model = tfl.model({ inputs: input, outputs: chain(input, conv, new Wrapper({ name: "wrapper" })) });
    const encoder = layersModelEncoder(model, { stages: [{ name: "conv" }, { name: "wrapper" }] });
    const x = images();
    assertClose(encoder.maps(x, ctx)[0]!, model.predict(x) as tf.Tensor, 1e-6);
    expect(Object.keys(encoder.params)).toEqual(["conv/kernel", "conv/bias"]);
  });
});
