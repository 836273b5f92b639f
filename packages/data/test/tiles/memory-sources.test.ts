import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { pixelsSource, tensorSource } from "../../src/index.js";
import { noise } from "../test-images.js";
import { sliced } from "./expected.js";

const all = { left: 0, top: 0, width: 7, height: 5 };

describe("pixelsSource", () => {
  it("reads the pixels", async () => {
    const pixels = noise(7, 5);
    const source = pixelsSource(pixels, "n");
    expect(source).toMatchObject({ name: "n", width: 7, height: 5 });
    const region = { left: -1, top: 2, width: 4, height: 7 };
    expect(await source.read(region)).toEqual(sliced(pixels, region));
  });

  it("refuses data of another length", () => {
    expect(() => pixelsSource({ ...noise(7, 5), height: 4 })).toThrow(
      "pixelsSource: expected `data` of 4 · 7 · 3 bytes for pixels, got 105.",
    );
  });
});

describe("tensorSource", () => {
  it("takes floats of 0 … 1 and integers of 0 … 255 alike", async () => {
    const { data } = noise(7, 5);
    const integers = tf.tensor3d(Array.from(data), [5, 7, 3], "int32");
    const floats = tf.div(tf.cast(integers, "float32"), 255) as tf.Tensor3D;
    for (const tensor of [integers, floats]) {
      const source = await tensorSource(tensor, "t");
      tensor.dispose();
      expect((await source.read(all)).data).toEqual(data);
    }
  });

  it("leaves no tensors and keeps the given one", async () => {
    const before = tf.memory().numTensors;
    const tensor = tf.zeros<tf.Rank.R3>([5, 7, 3]);
    const source = await tensorSource(tensor);
    expect([tensor.isDisposed, tf.memory().numTensors]).toEqual([false, before + 1]);
    tensor.dispose();
    await source.read(all, 0.5);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses other shapes and values", async () => {
    await expect(tensorSource(tf.zeros([5, 7, 4]))).rejects.toThrow(
      "tensorSource: expected `tensor` of shape [height, width, 3], got [5, 7, 4].",
    );
    await expect(tensorSource(tf.fill([5, 7, 3], 128))).rejects.toThrow(
      "tensorSource: expected `tensor` of dtype float32 to hold values in 0 … 1, got 128.",
    );
    await expect(tensorSource(tf.fill([5, 7, 3], 256, "int32"))).rejects.toThrow("values in 0 … 255, got 256.");
  });
});
