/** Run by vitest in a context of its own, whose arrays and errors are not instances of the native module's classes. */
import { fallbacks } from "@fovea/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { blockSize } from "../../src/runtime/block-size.js";

it("is another context than Node's own", () => expect(process.hrtime() instanceof Array).toBe(false));

it("computes natively what is small and what is large", async () => {
  expect(await tf.setBackend("onnxruntime")).toBe(true);
  tf.env().set("ONNXRUNTIME_ALL_NATIVE", true);
  for (const n of [3, 300]) {
    const product = tf.matMul(tf.fill([n, n], 2), tf.fill([n, n], 0.5));
    expect(new Set(product.dataSync())).toEqual(new Set([n]));
    expect(tf.argMax(tf.eye(n), 1).dataSync()[n - 1]).toBe(n - 1);
    expect(tf.greater(product, 1).dataSync()[0]).toBe(1);
  }
  expect(fallbacks()).toEqual({});
});

it("finds the layout of this machine's convolutions", () =>
  expect(String(blockSize())).toBe(process.env["BLOCK_SIZE"]));
