import { compile, getThreads, setThreads } from "@fovea/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it } from "vitest";

const before = getThreads();
afterEach(() => setThreads(before));

const [ROWS, DIM, LOOKUPS] = [3, 64, 4096];

/** Every row of a table many times, from all over the list. */
const indices = () => tf.tensor1d(Int32Array.from({ length: LOOKUPS }, (_, i) => (i * i + 3 * i) % ROWS), "int32"); // prettier-ignore
/** Numbers that float32 adds up without rounding, in any order. */
const whole = (length: number) => Float32Array.from({ length }, (_, i) => (i * 7919) % 17);

const weights = (scale: tf.Scalar) => tf.mul(tf.tensor2d(whole(LOOKUPS * DIM), [LOOKUPS, DIM]), scale);

const cases: Readonly<Record<string, (table: tf.Tensor2D, scale: tf.Scalar) => tf.Tensor>> = {
  "the gradient of a gather": (table, scale) =>
    tf.grad((t) => tf.sum(tf.mul(tf.gather(t, indices()), weights(scale))))(table),
  "a sum of segments": (_, scale) => tf.unsortedSegmentSum(weights(scale), indices(), ROWS),
};

describe("with two threads a compiled function loses nothing:", () => {
  it.each(Object.entries(cases))("%s", (_, compute) => {
    const run = compile(compute);
    const [table, one] = [tf.ones<tf.Rank.R2>([ROWS, DIM]), tf.scalar(1)];
    const numbers = () => tf.tidy(() => Buffer.from(run(table, one).dataSync<"float32">().slice().buffer));
    try {
      setThreads(1);
      const expected = numbers();
      expect(Math.max(...new Float32Array(expected.buffer.slice(expected.byteOffset)))).toBeGreaterThan(100);
      setThreads(2);
      let different = 0;
      for (let i = 0; i < 300; i++) if (!numbers().equals(expected)) different++;
      expect(different).toBe(0);
    } finally {
      run.dispose();
    }
  });
});
