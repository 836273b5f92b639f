import { classifier, mobileNetV2, resNet } from "@fovea/backbones";
import { inferenceContext, type Module } from "@fovea/nn";
import { assertClose, randomTensor } from "@fovea/nn/testing";
import { print } from "@fovea/onnx-graph";
import { exportOnnx, runOnnx, type ExportInput } from "@fovea/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";

beforeAll(() => tf.setBackend("onnxruntime"));

type Fn = (inputs: Readonly<Record<string, tf.Tensor>>) => tf.Tensor | Readonly<Record<string, tf.Tensor>>;

/** From [..., height, width, channels] to [..., channels, height, width]. */
const channelsFirst = (x: tf.Tensor) =>
  tf.transpose(x, [...Array(x.rank - 3).keys(), x.rank - 1, x.rank - 3, x.rank - 2]);

const weightsOf = ({ params, buffers = {} }: Module) => ({ ...params, ...buffers });

/** Gives variables other numbers than they start with: factors of 1 and summands of 0 show no mistake. */
function disturb(module: Module): void {
  Object.values(weightsOf(module)).forEach((variable, i) => {
    if (variable.rank > 1) return;
    const noise = randomTensor(variable.shape, 100 + i);
    variable.assign(tf.tidy(() => tf.add(variable, tf.mul(tf.abs(noise), 0.1))) as never);
    noise.dispose();
  });
}

/** Within 1e-5 of the largest number. */
function expectClose(actual: tf.Tensor, expected: tf.Tensor): void {
  const largest = Math.max(1, ...expected.dataSync().map(Math.abs));
  assertClose(actual, expected, 1e-5 * largest);
}

/** Expects the file to give what the function gives, for inputs of each of the sizes. */
async function expectSame(
  fn: Fn,
  inputs: Readonly<Record<string, ExportInput>>,
  sizes: readonly Readonly<Record<string, number>>[],
  weights: Readonly<Record<string, tf.Variable>> = {},
): Promise<string> {
  const { bytes, model } = exportOnnx(fn, inputs, { weights });
  for (const { domain, op } of model.nodes) expect(domain, op).toBe("");
  for (const [at, size] of sizes.entries()) {
    const given = Object.entries(inputs).map(([name, { shape }], i) => {
      const sides = shape.map((side) => (typeof side === "number" ? side : size[side === "batch" ? side : side.name]!));
      return [name, randomTensor(sides, 10 * at + i)] as const;
    });
    const fed = given.map(([name, x]) => [name, inputs[name]!.channelsFirst ? channelsFirst(x) : tf.clone(x)] as const);
    const result = fn(Object.fromEntries(given));
    const expected = result instanceof tf.Tensor ? { logits: result } : result;
    const actual = await runOnnx(bytes, Object.fromEntries(fed));
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [name, y] of Object.entries(expected)) expectClose(actual[name]!, y);
    tf.dispose([Object.fromEntries(given), Object.fromEntries(fed), expected, actual]);
  }
  return print(model);
}

const anyBatch = [{ batch: 1 }, { batch: 7 }];
const images = (side: number): ExportInput => ({ shape: ["batch", side, side, 3], channelsFirst: true });

describe("a network as an ONNX file", () => {
  let module: Module | undefined;
  afterEach(() => module?.dispose());

  it("ResNet-18 for any batch, channels first from end to end, with its weights' names", async () => {
    const model = classifier(resNet({ depth: 18, width: 8 }), { classes: 5 });
    module = model;
    disturb(model);
    const text = await expectSame(
      ({ pixel_values }) => model.forward(pixel_values as tf.Tensor4D, inferenceContext()),
      { pixel_values: images(64) },
      anyBatch,
      weightsOf(model),
    );
    expect(text).not.toContain("Transpose");
    expect(text).not.toContain("Reshape");
    expect(text).toContain("layer2.0.downsample.0.weight = … : float32[16, 8, 1, 1]");
    expect(text).toContain("fc.weight = … : float32[64, 5]");
  });

  it("ResNet-18 for images of any size", async () => {
    const model = classifier(resNet({ depth: 18, width: 8 }), { classes: 5 });
    module = model;
    disturb(model);
    await expectSame(
      ({ pixel_values }) => model.forward(pixel_values as tf.Tensor4D, inferenceContext()),
      { pixel_values: { shape: ["batch", { name: "height", example: 64 }, { name: "width", example: 64 }, 3], channelsFirst: true } }, // prettier-ignore
      [{ batch: 1, height: 33, width: 96 }, { batch: 2, height: 64, width: 47 }], // prettier-ignore
      weightsOf(model),
    );
  });

  it("MobileNetV2 for any batch", async () => {
    const model = classifier(mobileNetV2(), { classes: 5 });
    module = model;
    disturb(model);
    const text = await expectSame(
      ({ pixel_values }) => model.forward(pixel_values as tf.Tensor4D, inferenceContext()),
      { pixel_values: images(64) },
      anyBatch,
      weightsOf(model),
    );
    expect(text).not.toContain("Transpose");
  });
});
