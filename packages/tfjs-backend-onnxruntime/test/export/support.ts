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

/** Numbers from −2 to 2 without a pattern, other ones for each seed. */
export function someNumbers(shape: readonly number[], seed: number): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const fraction = (x: number) => x - Math.floor(x);
  const values = Float32Array.from({ length: size }, (_, i) => 4 * fraction(Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 43758.5453) - 2); // prettier-ignore
  return tf.tensor(values, [...shape]);
}

/** Numbers around 0; whole numbers from 0 to 8; or true. */
function example({ shape, dtype = "float32" }: ExportInput, size: Lengths, seed: number): tf.Tensor {
  const sides = shape.map((side) => (typeof side === "number" ? side : size[side === "batch" ? side : side.name]!));
  const numbers = someNumbers(sides, seed);
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
export function expectClose(actual: tf.Tensor, expected: tf.Tensor): void {
  const largest = expected.dataSync<"float32">().reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  expect(actual.dtype).toBe(expected.dtype);
  expect(actual.shape).toEqual(expected.shape);
  const [a, b] = [actual.dataSync<"float32">(), expected.dataSync<"float32">()];
  const error = a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0); // NaN if there is one
  expect(error).toBeLessThanOrEqual(1e-5 * largest);
}
