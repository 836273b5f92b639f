import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { useWasm, wasmKernels } from "../../src/wasm/index.js";

it("starts wasm, completes it, and says what it did", async () => {
  const { simd, completed } = await useWasm();
  expect(tf.getBackend()).toBe("wasm");
  expect(simd).toBe(true);
  expect(completed).toHaveLength(wasmKernels.length);
  for (const name of [tf.Conv2DBackpropFilter, tf.UnsortedSegmentSum, tf.Einsum])
    expect(completed).toContainEqual({ name, stock: "missing" });
  expect(completed).toContainEqual({ name: tf.Conv2D, stock: "wrong" });
  const filter = tf.ones<tf.Rank.R4>([2, 2, 1, 1]);
  const image = tf.reshape(tf.range(0, 9), [1, 3, 3, 1]) as tf.Tensor4D;
  // of the sum of a valid convolution: for each tap, the sum of the pixels that it meets
  const gradient = tf.grad((w) => tf.sum(tf.conv2d(image, w as tf.Tensor4D, 1, "valid")))(filter);
  expect(Array.from(gradient.dataSync())).toEqual([8, 12, 20, 24]);
});

it("may be called again, and says where the files are to be found when they are not", async () => {
  const kernel = tf.getKernel(tf.Conv2DBackpropFilter, "wasm");
  await useWasm();
  expect(tf.getKernel(tf.Conv2DBackpropFilter, "wasm")).toBe(kernel);
  const wasmPaths = { "tfjs-backend-wasm.wasm": "/a" } as never;
  await expect(useWasm({ wasmPaths })).rejects.toThrow(
    /^useWasm: `wasm` does not work: There were no entries found .*wasm-threaded-simd.wasm.* Remedy: serve the files/,
  );
  expect(tf.getBackend()).toBe("wasm");
});
