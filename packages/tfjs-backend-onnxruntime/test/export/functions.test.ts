import { exportLayersModel, exportOnnx, runOnnx, type ExportInput } from "@fovea/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { anyBatch, expectFileGives, expectSame, type Fn } from "./support.js";

beforeAll(() => tf.setBackend("onnxruntime"));

const rows: Record<"x", ExportInput> = { x: { shape: ["batch", 6] } };

describe("a function, for any batch", () => {
  it.each<[string, Fn, Record<string, ExportInput>]>([
    ["softmax", ({ x }) => tf.softmax(x as tf.Tensor2D), rows],
    ["logSoftmax", ({ x }) => tf.logSoftmax(x as tf.Tensor2D), rows],
    ["a sum over the batch", ({ x }) => tf.sum(x!, 0), rows],
    ["a mean over everything", ({ x }) => tf.mean(x!), rows],
    ["rows repeated", ({ x }) => tf.tile(x!, [2, 1]), rows],
    ["two axes made of one, and back", ({ x }) => tf.reshape(tf.transpose(tf.reshape(x!, [-1, 2, 3]), [0, 2, 1]), [x!.shape[0]!, 6]), rows], // prettier-ignore
    ["the batch within the last axis", ({ x }) => tf.reshape(tf.transpose(x!), [3, -1]), rows],
    ["ones as long as the batch", ({ x }) => tf.concat([x!, tf.ones([x!.shape[0]!, 1])], 1), rows],
    ["numbers of the batch", ({ x }) => tf.add(x!, tf.expandDims(tf.range(0, x!.shape[0]!, 1, "float32"), 1)), rows],
    ["a number of each row", ({ x }) => tf.gather(x!, tf.argMax(x!, 1), 1, 1), rows],
    ["the greatest numbers", ({ x }) => tf.topk(x!, 2).values, rows],
    ["parts", ({ x }) => tf.concat(tf.split(x!, 3, 1).reverse(), 1), rows],
    ["a slice of all rows", ({ x }) => tf.slice(x!, [0, 1], [-1, 3]), rows],
    ["a row for each pair", ({ x }) => tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D, false, true), rows],
    ["one-hot rows", ({ x }) => tf.oneHot(tf.cast(x!, "int32") as tf.Tensor2D, 9), { x: { shape: ["batch", 3], dtype: "int32" } }], // prettier-ignore
    ["bools", ({ x }) => tf.where(x as tf.Tensor2D, tf.onesLike(x!), tf.zerosLike(x!)), { x: { shape: ["batch", 3], dtype: "bool" } }], // prettier-ignore
  ])("%s", async (_, fn, inputs) => {
    await expectSame((given) => tf.tidy(() => fn(given) as tf.Tensor), inputs, anyBatch);
  });

  it("resized images, to a size and to that of others", async () => {
    const any = (name: string) => ({ name, example: 8 });
    const fn: Fn = ({ x }) => tf.image.resizeBilinear(x as tf.Tensor4D, [6, 10], false, true);
    await expectSame(fn, { x: { shape: ["batch", 4, 5, 3], channelsFirst: true } }, anyBatch);
    const flip: Fn = ({ x }) => tf.reverse(x!, 2);
    await expectSame(flip, { x: { shape: [1, any("height"), 5, 3] } }, [{ height: 3 }]);
  });

  it("keeps the outputs' names, and says which sides may be any", () => {
    const { model } = exportOnnx(({ x }) => ({ twice: tf.mul(x!, 2), sums: tf.sum(x!, 1) }), rows, {
      metadata: { license: "MIT" },
    });
    expect(model.outputs.map(({ name }) => name)).toEqual(["twice", "sums"]);
    expect(model.metadata).toEqual({ license: "MIT" });
  });

  it("leaves nothing behind", () => {
    const { numTensors } = tf.memory();
    exportOnnx(({ x }) => tf.softmax(x as tf.Tensor2D), rows);
    expect(() => exportOnnx(() => tf.scalar(1), rows)).toThrow();
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

describe("a function that cannot be exported", () => {
  const scale = tf.scalar(2);
  it.each<[string, Fn, string | RegExp]>([
    ["does not read its input", () => tf.mul(scale, 2), "to read its input `x`, which it does not"],
    ["returns nothing", () => ({}), "expected the function to return at least one tensor"],
    ["returns what does not depend on it", ({ x }) => ({ a: tf.neg(x!), b: tf.scalar(1) }), "expected the result `b` to depend on an input"], // prettier-ignore
    ["returns one tensor twice", ({ x }) => { const y = tf.neg(x!); return { a: y, b: y }; }, "got one tensor twice, as `b`"], // prettier-ignore
    ["reads a value", ({ x }) => tf.mul(x!, x!.dataSync()[0]!), /compile: a value was read .*functions\.test\.ts/],
    ["depends on the size as no shape does", ({ x }) => tf.add(x!, tf.scalar(Math.sin(x!.shape[0]!))), /exportOnnx: Add \(.*functions\.test\.ts.*reads a constant, .*: the model would be right for one size only/], // prettier-ignore
    ["does other things for other sizes", ({ x }) => (x!.shape[0]! > 12 ? tf.neg(x!) : tf.relu(x!)), /exportOnnx: Relu .*has other nodes for another size/], // prettier-ignore
  ])("%s", (_, fn, message) => {
    expect(() => exportOnnx((given) => tf.tidy(() => fn(given) as tf.Tensor), rows)).toThrow(message);
  });

  it("draws random numbers", () => {
    const fill = () => new Float32Array(6);
    const noise = () => tf.engine().runKernel("HostTensor", {}, { shape: [6], dtype: "float32", fill } as never);
    expect(() => exportOnnx(({ x }) => tf.add(x!, noise() as tf.Tensor), rows)).toThrow(
      "is a network in training mode?",
    );
  });

  it("is on another backend", async () => {
    await tf.setBackend("cpu");
    try {
      expect(() => exportOnnx(({ x }) => tf.neg(x!), rows)).toThrow(
        "expected the backend `onnxruntime`, since only it records graphs, got `cpu`",
      );
    } finally {
      await tf.setBackend("onnxruntime");
    }
  });
});

describe("a tf.LayersModel", () => {
  it("of images, with batch norm and dropout, gives what `predict` gives", async () => {
    const model = layers.sequential({
      layers: [
        layers.layers.conv2d({ inputShape: [16, 16, 3], filters: 4, kernelSize: 3, strides: 2, padding: "same" }),
        layers.layers.batchNormalization({ movingMeanInitializer: "randomNormal" }),
        layers.layers.depthwiseConv2d({ kernelSize: 3, padding: "same", activation: "relu" }),
        layers.layers.maxPooling2d({ poolSize: 2 }),
        layers.layers.dropout({ rate: 0.5 }),
        layers.layers.flatten(),
        layers.layers.dense({ units: 5, activation: "softmax" }),
      ],
    });
    const { bytes, model: file } = exportLayersModel(model);
    const [input, output] = [model.inputs[0]!.name, model.outputs[0]!.name.replace(/\/.*$/, "")];
    const fn: Fn = (given) => ({ [output]: model.predict(given[input]!) as tf.Tensor });
    await expectFileGives(bytes, fn, { [input]: { shape: ["batch", 16, 16, 3] } }, anyBatch);
    expect(file.initializers.map(({ value }) => value.name)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^conv2d.*\/kernel$/), expect.stringMatching(/^dense.*\/bias$/)]),
    );
    model.dispose();
  });

  it("of several inputs and outputs, with a recurrent layer", async () => {
    const a = layers.input({ shape: [4, 3], name: "steps" });
    const b = layers.input({ shape: [6], name: "facts" });
    const state = layers.layers
      .gru({ units: 5, recurrentInitializer: "glorotNormal" })
      .apply(a) as layers.SymbolicTensor;
    const joined = layers.layers.concatenate().apply([state, b]) as layers.SymbolicTensor;
    const outputs = ["kind", "size"].map((name, i) => layers.layers.dense({ units: 2 + i, name }).apply(joined) as layers.SymbolicTensor); // prettier-ignore
    const model = layers.model({ inputs: [a, b], outputs });
    const { bytes } = exportLayersModel(model);
    const fn: Fn = ({ steps, facts }) => {
      const [kind, size] = model.predict([steps!, facts!]) as tf.Tensor[];
      return { kind: kind!, size: size! };
    };
    const inputs = { steps: { shape: ["batch", 4, 3] }, facts: { shape: ["batch", 6] } } as const;
    await expectFileGives(bytes, fn, inputs, anyBatch);
    model.dispose();
  });

  it("of sides of unknown length needs to be told one", () => {
    const model = layers.sequential({
      layers: [layers.layers.globalAveragePooling2d({ inputShape: [null as never, null as never, 3] })],
    });
    const { name } = model.inputs[0]!;
    expect(() => exportLayersModel(model)).toThrow(`to have \`${name}\``);
    const sides = ["height", "width"].map((side) => ({ name: side, example: 4 }));
    const shape = ["batch", ...sides, 3] as const;
    expect(() => exportLayersModel(model, { inputs: { [name]: { shape } } })).not.toThrow();
    model.dispose();
  });
});

it("runOnnx says what ONNX Runtime says", async () => {
  await expect(runOnnx(new Uint8Array(3), {})).rejects.toThrow();
});
