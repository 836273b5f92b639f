import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forAll, numbers, rowsAndShapes, wildFloats } from "./as-defined.js";

const types = ["float32", "int32", "bool"] as const;
const anyType = fc.constantFrom(...types);

describe("casts and fills are cpu's", () => {
  it("Cast between any two types", () =>
    forAll(
      tf.Cast,
      fc.tuple(rowsAndShapes, anyType, anyType).chain(([shape, from, dtype]) =>
        numbers(shape, from, from === "float32" ? wildFloats : undefined).map((x) => ({
          inputs: { x },
          attrs: { dtype },
        })),
      ),
      { numRuns: 150 },
    ));
  it.each([tf.ZerosLike, tf.OnesLike])(
    "%s",
    (kernel) =>
    forAll(kernel, fc.tuple(rowsAndShapes, anyType).chain(([shape, dtype]) => numbers(shape, dtype)).map((x) => ({ inputs: { x } }))), // prettier-ignore
  );
  it("Fill", () =>
    forAll(
      tf.Fill,
      fc
        .record({ shape: rowsAndShapes, value: fc.constantFrom(0, 1, -2.5, 3), dtype: anyType })
        .map((attrs) => ({ inputs: {}, attrs })),
    ));
  it("a cast to the type that a tensor has shares its numbers", async () => {
    await tf.setBackend("onnxruntime");
    const x = tf.ones([3]);
    const before = tf.memory();
    const y = tf.cast(x, "float32");
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
    x.dispose();
    expect(y.arraySync()).toEqual([1, 1, 1]);
    y.dispose();
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers - 1);
  });
});
