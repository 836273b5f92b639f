import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import * as nn from "../src/index.js";
import { assertNoLeak } from "../src/testing/index.js";

const net = () =>
  nn.sequential({
    stem: nn.conv2d({ in: 3, out: 5, kernel: 3 }),
    bn: nn.batchNorm({ channels: 5 }),
    pool: nn.pureLayer(nn.globalAveragePool),
    head: nn.linear({ in: 5, out: 2 }),
  });

describe("joinModules", () => {
  it("puts the part's name in front of its weights, in order", () => {
    const module = net();
    const params = ["stem.weight", "stem.bias", "bn.weight", "bn.bias", "head.weight", "head.bias"];
    expect(Object.keys(module.params)).toEqual(params);
    expect(Object.keys(module.buffers)).toEqual(["bn.running_mean", "bn.running_var"]);
    expect(Object.keys(nn.weightsOf(module))).toEqual([...params, "bn.running_mean", "bn.running_var"]);
    module.dispose();
  });

  it("skips parts that are not there, and takes another separator or no name", () => {
    const part = nn.linear({ in: 2, out: 3 });
    const joined = nn.joinModules({ a: part, b: undefined, "": part }, "/");
    expect(Object.keys(joined.params)).toEqual(["a/weight", "a/bias", "weight", "bias"]);
    part.dispose();
  });

  it("loses no weight to another of the same name", () => {
    const [part, other] = [nn.linear({ in: 2, out: 3 }), nn.moduleOf({ "a.bias": tf.variable(tf.zeros([3])) })];
    expect(() => nn.joinModules({ a: part, "": other })).toThrow(RangeError);
    expect(() => nn.joinModules({ a: part, "": other })).toThrow(
      "joinModules: expected a different name for every weight, got two weights with the name `a.bias`.",
    );
    const shared = nn.moduleOf({ "a.bias": part.params["bias"]! });
    expect(Object.keys(nn.joinModules({ a: part, "": shared }).params)).toEqual(["a.weight", "a.bias"]);
    [part, other].forEach((module) => module.dispose());
  });

  it("loses none to one of the other kind either, of which only one would be saved", () => {
    const [x, y] = [tf.variable(tf.zeros([3])), tf.variable(tf.ones([3]))];
    const message = (who: string) =>
      `${who}: expected a different name for every weight, got two weights with the name \`a.scale\`.`;
    const [one, other] = [nn.moduleOf({ scale: x }), nn.moduleOf({}, { "a.scale": y })];
    expect(() => nn.joinModules({ a: one, "": other })).toThrow(message("joinModules"));
    expect(() => nn.joinModules({ "": other, a: one })).toThrow(message("joinModules"));
    expect(() => nn.moduleOf({ "a.scale": x }, { "a.scale": y })).toThrow(message("moduleOf"));
    const parts = [{ params: { "a.scale": x } }, { buffers: { "a.scale": y } }];
    expect(() => nn.mergeWeights("both", parts)).toThrow(message("both"));
    expect(nn.mergeWeights("both", [parts[0]!, parts[0]!])).toEqual({ params: { "a.scale": x }, buffers: {} });
    [x, y].forEach((variable) => variable.dispose());
  });

  it("disposes every weight of every part", () => assertNoLeak(() => net().dispose()));
});

it("countParams counts params, not buffers", () => {
  const module = net();
  expect(nn.countParams(module)).toBe(3 * 3 * 3 * 5 + 5 + 5 + 5 + 5 * 2 + 2);
  module.dispose();
});

describe("freeze", () => {
  const trainable = (module: nn.Module) => Object.keys(nn.trainableParams(module));

  it("stops params by prefix, and unfreeze starts them again", () => {
    const module = net();
    nn.freeze(module, "stem.");
    expect(trainable(module)).toEqual(["bn.weight", "bn.bias", "head.weight", "head.bias"]);
    nn.freeze(module);
    expect(trainable(module)).toEqual([]);
    nn.unfreeze(module, "head.");
    expect(trainable(module)).toEqual(["head.weight", "head.bias"]);
    module.dispose();
  });

  it("keeps frozen params out of the gradients", () => {
    const module = net();
    nn.freeze(module, "stem.");
    const loss = () => tf.sum<tf.Scalar>(module.forward(tf.ones([2, 5, 5, 3]), nn.trainingContext(nn.rng(0))));
    const { value, gradients } = nn.valueAndGradients(module.params, loss);
    expect(Object.keys(gradients)).toEqual(Object.keys(nn.trainableParams(module)));
    expect(Object.keys(gradients)).toEqual(["bn.weight", "bn.bias", "head.weight", "head.bias"]);
    tf.dispose([value, gradients]);
    module.dispose();
  });

  it("refuses a prefix that nothing has", () => {
    const module = net();
    expect(() => nn.freeze(module, "trunk")).toThrow(
      "freeze: no param starts with `trunk`; there are stem.weight, stem.bias,",
    );
    expect(() => nn.unfreeze(module, "trunk")).toThrow("unfreeze: no param starts with `trunk`");
    module.dispose();
  });
});
