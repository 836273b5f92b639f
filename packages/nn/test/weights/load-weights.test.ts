import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import * as nn from "../../src/index.js";
import { assertClose, assertNoLeak, randomTensor } from "../../src/testing/index.js";

const net = (seed: number) =>
  nn.sequential({
    conv: nn.conv2d({ in: 2, out: 6, kernel: [3, 5], seed }),
    dw: nn.depthwiseConv2d({ channels: 6, multiplier: 2, kernel: 3, bias: false, seed }),
    bn: nn.batchNorm({ channels: 12 }),
    pool: nn.pureLayer(nn.globalAveragePool),
    head: nn.linear({ in: 12, out: 5, seed }),
  });

/** The same weights as PyTorch would store them. */
function toPytorch(module: nn.Module): Record<string, tf.Tensor> {
  const { "conv.weight": conv, "dw.weight": dw, "head.weight": head, ...rest } = nn.weightsOf(module);
  return {
    ...rest,
    "conv.weight": tf.transpose(conv!, [3, 2, 0, 1]),
    "dw.weight": tf.reshape(tf.transpose(dw!, [2, 3, 0, 1]), [12, 1, 3, 3]),
    "head.weight": tf.transpose(head!),
    "bn.num_batches_tracked": tf.scalar(3, "int32"),
  };
}

const snapshot = (module: nn.Module) =>
  Object.fromEntries(Object.entries(nn.weightsOf(module)).map(([key, value]) => [key, value.dataSync().slice()]));

const withNoise = (module: nn.Module) => {
  Object.values(nn.weightsOf(module)).forEach((weight, i) =>
    weight.assign(tf.abs(randomTensor(weight.shape, 100 + i))),
  );
  return module as nn.Layer;
};

describeOnEngines("loadWeights", () => {
  const x = () => randomTensor<tf.Tensor4D>([2, 7, 7, 2]);

  it("makes two modules the same", () => {
    const [from, to] = [withNoise(net(1)), net(2)];
    const report = nn.loadWeights(to, nn.weightsOf(from));
    expect([...report.loaded].sort()).toEqual(Object.keys(nn.weightsOf(to)).sort());
    expect([report.missing, report.unexpected, report.reshaped]).toEqual([[], [], []]);
    assertClose(to.forward(x(), nn.inferenceContext()), from.forward(x(), nn.inferenceContext()), 0);
  });

  it("turns PyTorch's layouts, and ignores num_batches_tracked", () => {
    const [from, to] = [withNoise(net(1)), net(2)];
    const report = nn.loadWeights(to, toPytorch(from), { from: "pytorch" });
    expect([...report.reshaped].sort()).toEqual(["conv.weight", "dw.weight", "head.weight"]);
    expect([report.missing, report.unexpected]).toEqual([[], []]);
    assertClose(to.forward(x(), nn.inferenceContext()), from.forward(x(), nn.inferenceContext()), 1e-6);
  });

  it("turns square matrices and kernels too, a 1×1 kernel into a matrix, and nothing else", () => {
    const module = nn.moduleOf({
      weight: tf.variable(tf.zeros([2, 2])),
      position: tf.variable(tf.zeros([2, 2])),
      "proj/kernel": tf.variable(tf.zeros([3, 2])),
      cube: tf.variable(tf.zeros([2, 2, 2, 2])),
    });
    const [matrix, cube] = [tf.tensor2d([1, 2, 3, 4], [2, 2]), randomTensor([2, 2, 2, 2])];
    const point = randomTensor([2, 3, 1, 1]);
    const position = tf.reshape(matrix, [1, 2, 2]);
    nn.loadWeights(module, { weight: matrix, position, "proj/kernel": point, cube }, { from: "pytorch" });
    assertClose(module.params["weight"]!, [1, 3, 2, 4]);
    assertClose(module.params["position"]!, [1, 2, 3, 4]);
    assertClose(module.params["proj/kernel"]!, tf.transpose(tf.reshape(point, [2, 3])));
    assertClose(module.params["cube"]!, tf.transpose(cube, [2, 3, 1, 0]));
  });

  it("leaves the tensors to the caller, and shares nothing with them", () => {
    const [from, to] = [net(1), net(2)];
    nn.loadWeights(to, nn.weightsOf(from));
    const before = snapshot(to);
    from.params["head.weight"]!.assign(tf.zeros([12, 5]));
    from.dispose();
    expect(snapshot(to)).toEqual(before);
    nn.loadWeights(to, nn.weightsOf(to));
    expect(snapshot(to)).toEqual(before);
  });

  it("leaves nothing behind", () => {
    const [from, to] = [net(1), net(2)];
    const tensors = tf.tidy(() => toPytorch(from));
    assertNoLeak(() => void nn.loadWeights(to, tensors, { from: "pytorch" }));
    assertNoLeak(() => {
      expect(() => nn.loadWeights(to, tensors)).toThrow("nothing was loaded");
    });
    tf.dispose(tensors);
  });
});

describe("names", () => {
  it("renames the file's keys, and leaves out those renamed to undefined", () => {
    const [from, to] = [nn.linear({ in: 2, out: 3, seed: 1 }), nn.linear({ in: 2, out: 3, seed: 2 })];
    const { weight, bias } = from.params as { weight: tf.Variable; bias: tf.Variable };
    const file = { "module.fc.weight": weight, "module.fc.bias": bias, "optimizer.step": tf.scalar(1) };
    const rename = (key: string) => (key.startsWith("module.fc.") ? key.slice("module.fc.".length) : undefined);
    expect(nn.loadWeights(to, file, { rename }).loaded).toEqual(["weight", "bias"]);
    assertClose(to.params["weight"]!, weight, 0);
  });

  it("loads what there is if not strict, and says what it did", () => {
    const to = net(2);
    const report = nn.loadWeights(to, { "head.bias": tf.ones([5]), other: tf.scalar(1) }, { strict: false });
    expect(report.loaded).toEqual(["head.bias"]);
    expect(report.unexpected).toEqual(["other"]);
    expect(report.missing).toEqual(Object.keys(nn.weightsOf(to)).filter((key) => key !== "head.bias"));
  });
});

describe("a load that fails", () => {
  const full = (): Record<string, tf.Tensor> => ({ ...nn.weightsOf(net(1)) });
  const without = (key: string) => {
    const { [key]: _, ...rest } = full();
    return rest;
  };

  it.each<[string, () => Record<string, tf.Tensor>, nn.LoadWeightsOptions, string]>([
    ["a missing key", () => without("bn.running_var"), {}, "missing `bn.running_var`"],
    ["an unexpected key", () => ({ ...full(), extra: tf.scalar(1) }), {}, "unexpected `extra`"],
    [
      "a wrong shape",
      () => ({ ...full(), "head.bias": tf.zeros([4]) }),
      { strict: false },
      "head.bias: expected float32 [5], got float32 [4]",
    ],
    [
      "a wrong dtype",
      () => ({ ...full(), "head.bias": tf.zeros([5], "int32") }),
      {},
      "head.bias: expected float32 [5], got int32 [5]",
    ],
    ["a wrong layout", full, { from: "pytorch" }, "head.weight: expected float32 [12, 5], got float32 [12, 5]"],
    [
      "a depthwise kernel of other channels",
      () => ({ ...toPytorch(net(1)), "dw.weight": tf.zeros([10, 1, 3, 3]) }),
      { from: "pytorch" },
      "dw.weight: expected float32 [3, 3, 6, 2], got float32 [10, 1, 3, 3]",
    ],
    [
      "two claims",
      () => ({ ...full(), old: tf.zeros([5]) }),
      { rename: (key) => (key === "old" ? "head.bias" : key) },
      "both claim `head.bias`",
    ],
  ])("because of %s leaves the module as it was", (_, tensors, options, message) => {
    const to = net(2);
    const before = snapshot(to);
    expect(() => nn.loadWeights(to, tensors(), options)).toThrow(RangeError);
    expect(() => nn.loadWeights(to, tensors(), options)).toThrow(message);
    expect(snapshot(to)).toEqual(before);
  });

  const hint = (key: string) => ` \`${key}\` looks like PyTorch's; load its weights with \`from: "pytorch"\`.`;
  const only = (tensors: Record<string, tf.Tensor>, ...keys: string[]) =>
    Object.fromEntries(keys.map((key) => [key, tensors[key]!]));

  it.each<[string, () => Record<string, tf.Tensor>, string]>([
    [
      "a counter of batches",
      () => ({ ...full(), ...only(toPytorch(net(1)), "bn.num_batches_tracked") }),
      "bn.num_batches_tracked",
    ],
    ["a turned kernel", () => ({ ...full(), ...only(toPytorch(net(1)), "conv.weight") }), "conv.weight"],
    ["a turned matrix", () => ({ ...full(), ...only(toPytorch(net(1)), "head.weight") }), "head.weight"],
    ["a kernel under another name", () => ({ "features.0.weight": tf.zeros([6, 2, 3, 3]) }), "features.0.weight"],
  ])("says that %s looks like PyTorch's", (_, tensors, key) => {
    expect(() => nn.loadWeights(net(2), tensors())).toThrow(hint(key));
    expect(() => nn.loadWeights(net(2), tensors(), { from: "pytorch" })).not.toThrow(hint(key));
  });

  it.each<[string, () => Record<string, tf.Tensor>]>([
    [
      "its own kernels under other names",
      () => only({ stem: tf.zeros([3, 3, 2, 6]), point: tf.zeros([1, 1, 6, 6]) }, "stem", "point"),
    ],
    [
      "its own kernels of windows that are not square, with as many channels in as out",
      () => only({ row: tf.zeros([1, 7, 64, 64]), column: tf.zeros([3, 1, 6, 6]) }, "row", "column"),
    ],
    ["statistics that are its own too", () => ({ ...full(), "other.running_mean": tf.zeros([5]) })],
    ["a shape that fits neither way", () => ({ ...full(), "head.weight": tf.zeros([4, 7]) })],
  ])("does not say so of %s", (_, tensors) => {
    expect(() => nn.loadWeights(net(2), tensors())).toThrow(/nothing was loaded: (?!.*PyTorch)/);
  });

  it("lists everything that is wrong at once", () => {
    const { "head.bias": _, ...rest } = full();
    expect(() => nn.loadWeights(net(2), { ...rest, extra: tf.scalar(1), "head.weight": tf.zeros([1, 2]) })).toThrow(
      "loadWeights: nothing was loaded: missing `head.bias`; unexpected `extra`; head.weight: expected float32 [12, 5], got float32 [1, 2].",
    );
  });
});
