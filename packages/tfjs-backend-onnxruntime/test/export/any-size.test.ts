import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSame, type Fn, type Lengths } from "./support.js";

beforeAll(() => tf.setBackend("onnxruntime"));

const maps = {
  x: { shape: ["batch", { name: "height", example: 9 }, { name: "width", example: 12 }, 3], channelsFirst: true },
} as const;

/** Larger and smaller than any that the function is called with, and 1 × 1. */
const sizes: readonly Lengths[] = [
  { batch: 1, height: 5, width: 8 },
  { batch: 2, height: 31, width: 23 },
  { batch: 3, height: 1, width: 1 },
];

type Resize = (x: tf.Tensor4D, size: [number, number]) => tf.Tensor4D;

const resizes: readonly (readonly [string, Resize])[] = [
  ["corners aligned", (x, size) => tf.image.resizeBilinear(x, size, true)],
  ["centers of pixels aligned", (x, size) => tf.image.resizeBilinear(x, size, false, true)],
  ["upper left corners aligned", (x, size) => tf.image.resizeBilinear(x, size)],
];

describe.each(resizes)("bilinear resizing of maps of any size, %s", (_, resize) => {
  it.each<[string, Fn]>([
    ["to one size", ({ x }) => resize(x as tf.Tensor4D, [6, 10])],
    ["to its double", ({ x }) => resize(x as tf.Tensor4D, [2 * x!.shape[1]!, 2 * x!.shape[2]!])],
    [
      "of a few cells to the size of a map",
      ({ x }) => resize(tf.slice(x as tf.Tensor4D, 0, [-1, 1, 1, -1]), [x!.shape[1]!, x!.shape[2]!]),
    ],
  ])("%s", async (_, fn) => {
    const text = await expectSame((given) => tf.tidy(() => fn(given) as tf.Tensor), maps, sizes);
    expect(text.match(/= Transpose/g) ?? []).toHaveLength(1); // at the end: what is returned has its channels last
  });
});
