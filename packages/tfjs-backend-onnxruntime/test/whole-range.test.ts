import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { loops } from "./loops/loops.js";
import { ofOne } from "./loops/elementwise.js";

/** The smallest number that float32 holds with all its digits: engines may take smaller ones, subnormal, for 0. */
const smallest = 2 ** -126;

/**
 * Every exponent and sign of float32 with 64 mantissas each, infinities, NaN and zeros among them; and 20,000 numbers
 * around 0.
 */
function wholeRange(): Float32Array {
  const bits = Uint32Array.from({ length: 1 << 15 }, (_, i) => (i << 17) | ((i * 40503) & 0x1ffff));
  const near = Float32Array.from({ length: 20_000 }, (_, i) => (i - 10_000) / 100);
  return Float32Array.of(...new Float32Array(bits.buffer), ...near);
}

const kernels = [...Object.keys(ofOne), tf.Exp, tf.IsFinite, tf.IsInf, tf.IsNan, tf.Step, tf.LeakyRelu, tf.ClipByValue];
const attrs = { alpha: 0.2, clipValueMin: -0.5, clipValueMax: 3 };

/** |a − b| ≤ 10⁻⁵ |b|: relative, down to where numbers lose digits. */
const close = (a: number, b: number): boolean =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-5 * Math.abs(b) + smallest;

/** A subnormal number may count as anything from 0 to the smallest normal one. */
function isRight(kernel: string, x: number, actual: number, expected: number): boolean {
  if (close(actual, expected) || x === 0 || !(Math.abs(x) < smallest)) return close(actual, expected);
  const [zero, normal] = [0, Math.sign(x) * smallest].map((y) => valueOf(kernel, y)) as [number, number];
  return (actual >= Math.min(zero, normal) && actual <= Math.max(zero, normal)) || close(actual, zero);
}

const valueOf = (kernel: string, x: number): number => valuesOf(kernel, [x])[0]!;

function valuesOf(kernel: string, values: readonly number[]): readonly number[] {
  const x = { shape: [values.length], dtype: "float32", values } as const;
  return [loops[kernel]!({ x }, attrs)].flat()[0]!.values;
}

const engines = ["cpu", "onnxruntime", "wasm"];

describe("over the whole range of float32", () => {
  const numbers = wholeRange();
  it.each(kernels)("%s", async (kernel) => {
    const expected = valuesOf(kernel, [...numbers]);
    for (const engine of engines) {
      await tf.setBackend(engine);
      const actual = tf.tidy(() => {
        const inputs = { x: tf.tensor1d(numbers) } as unknown as tf.NamedTensorMap;
        return (tf.engine().runKernel(kernel, inputs, attrs) as tf.Tensor).dataSync();
      });
      const wrong = expected.findIndex((value, i) => !isRight(kernel, numbers[i]!, actual[i]!, value));
      if (wrong >= 0)
        expect.fail(`${kernel}(${numbers[wrong]}) is ${actual[wrong]} on ${engine}, not ${expected[wrong]}`);
    }
  });
});
