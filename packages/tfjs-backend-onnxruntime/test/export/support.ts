import { inferenceContext, weightsOf, type Context, type Module } from "@fovea/nn";
import { assertClose, randomTensor } from "@fovea/nn/testing";
import { print } from "@fovea/onnx-graph";
import { exportOnnx, runOnnx, type ExportInput } from "@fovea/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";

export type Fn = (inputs: Readonly<Record<string, tf.Tensor>>) => tf.Tensor | Readonly<Record<string, tf.Tensor>>;

type Inputs = Readonly<Record<string, ExportInput>>;

/** Lengths of the sides that may be any, by name. */
export type Lengths = Readonly<Record<string, number>>;

export const anyBatch: readonly Lengths[] = [{ batch: 1 }, { batch: 7 }];

/** Images of one size, channels first in the file. */
export const images = (side: number): ExportInput => ({ shape: ["batch", side, side, 3], channelsFirst: true });

/** Gives vectors other numbers than they start with: factors of 1 and summands of 0 show no mistake. */
export function disturb(module: Module): void {
  Object.values(weightsOf(module)).forEach((variable, i) => {
    if (variable.rank > 1) return;
    const noise = randomTensor(variable.shape, 100 + i);
    variable.assign(tf.tidy(() => tf.add(variable, tf.mul(tf.abs(noise), 0.1))) as never);
    noise.dispose();
  });
}

/**
 * Expects the file to give what the function gives, for inputs of each of the sizes, and to have no operators but
 * ONNX's own.
 *
 * @returns the file as text
 */
export async function expectSame(
  fn: Fn,
  inputs: Inputs,
  sizes: readonly Lengths[],
  weights: Readonly<Record<string, tf.Variable>> = {},
): Promise<string> {
  const { bytes, model } = exportOnnx(fn, inputs, { weights });
  for (const { domain, op } of model.nodes) expect(domain, op).toBe("");
  await expectFileGives(bytes, fn, inputs, sizes);
  return print(model);
}

export async function expectFileGives(bytes: Uint8Array, fn: Fn, inputs: Inputs, sizes: readonly Lengths[]) {
  for (const [at, size] of sizes.entries()) {
    const given = Object.fromEntries(Object.entries(inputs).map(([name, input], i) => [name, example(input, size, 10 * at + i)])); // prettier-ignore
    const fed = Object.fromEntries(Object.entries(given).map(([name, x]) => [name, asFed(x, inputs[name]!)]));
    const result = fn(given);
    const expected = result instanceof tf.Tensor ? { logits: result } : result;
    const actual = await runOnnx(bytes, fed);
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [name, y] of Object.entries(expected)) expectClose(actual[name]!, y);
    tf.dispose([given, fed, expected, actual]);
  }
}

/** Numbers around 0; whole numbers from 0 to 8; or true. */
function example({ shape, dtype = "float32" }: ExportInput, size: Lengths, seed: number): tf.Tensor {
  const sides = shape.map((side) => (typeof side === "number" ? side : size[side === "batch" ? side : side.name]!));
  const numbers = randomTensor(sides, seed);
  if (dtype === "float32") return numbers;
  const other = tf.tidy(() => tf.cast(dtype === "bool" ? tf.greater(numbers, 0) : tf.clipByValue(tf.floor(tf.mul(tf.abs(numbers), 4)), 0, 8), dtype)); // prettier-ignore
  numbers.dispose();
  return other;
}

function asFed(x: tf.Tensor, { channelsFirst = false }: ExportInput): tf.Tensor {
  if (!channelsFirst) return tf.clone(x);
  return tf.transpose(x, [...Array(x.rank - 3).keys(), x.rank - 1, x.rank - 3, x.rank - 2]);
}

/** Within 1e-5 of the largest number, or of 1. */
function expectClose(actual: tf.Tensor, expected: tf.Tensor): void {
  const largest = Math.max(1, ...expected.dataSync().map(Math.abs));
  expect(actual.dtype).toBe(expected.dtype);
  assertClose(actual, expected, 1e-5 * largest);
}

/** A network of images as a function, in inference. */
export const ofImages =
  (forward: (x: tf.Tensor4D, ctx: Context) => tf.Tensor): Fn =>
  ({ pixel_values }) =>
    forward(pixel_values as tf.Tensor4D, inferenceContext());
