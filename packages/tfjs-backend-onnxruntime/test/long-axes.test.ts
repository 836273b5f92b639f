import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";

/** What is short in other tests is long here: rounding errors grow with the length, and kernels change their ways. */
const engines = ["cpu", "onnxruntime", "wasm"];

/** |a − b| ≤ 2·10⁻⁶ |b|. */
const expectClose = (actual: tf.Tensor, expected: number): void => {
  const values = [...actual.dataSync()] as number[];
  const worst = values.reduce((most, value) => Math.max(most, Math.abs(value / expected - 1)), 0);
  expect(worst).toBeLessThan(2e-6);
};

const tenth = Math.fround(0.1);

describe("products along an inner side of many numbers, on onnxruntime", () => {
  const exact = 2 ** 18 * tenth;
  const filterGradient = (depthwise: boolean) => {
    const maps = tf.fill([1, 512, 512, 2], 0.1) as tf.Tensor4D;
    const convolve = (w: tf.Tensor) => (depthwise ? tf.depthwiseConv2d(maps, w as tf.Tensor4D, 1, "valid") : tf.conv2d(maps, w as tf.Tensor4D, 1, "valid")); // prettier-ignore
    return tf.grad(convolve)(tf.ones(depthwise ? [1, 1, 2, 1] : [1, 1, 2, 2]));
  };

  it.each<[name: string, f: () => tf.Tensor]>([
    ["dot", () => tf.dot(tf.fill([1 << 18], 0.1), tf.ones([1 << 18]))],
    ["a row and a matrix", () => tf.matMul(tf.fill([1, 1 << 18], 0.1), tf.ones([1 << 18, 3]))],
    ["a transposed matrix and a matrix", () => tf.matMul(tf.fill([1 << 18, 2], 0.1), tf.ones([1 << 18, 3]), true)],
    ["the filter gradient of a convolution", () => filterGradient(false)],
    ["the filter gradient of a depthwise convolution", () => filterGradient(true)],
  ])("%s", async (_, f) => {
    await tf.setBackend("onnxruntime");
    tf.tidy(() => void expectClose(f(), exact));
  });

  it.each([2047, 2048, 2049, 5003])("of %i rows are what a loop gives", async (rows) => {
    await tf.setBackend("onnxruntime");
    const [a, b] = [3, 2].map((columns) => Float32Array.from({ length: rows * columns }, (_, i) => ((i * 7919) % 17) - 8)) as [Float32Array, Float32Array]; // prettier-ignore
    const product = tf.tidy(() => tf.matMul(tf.tensor2d(a, [rows, 3]), tf.tensor2d(b, [rows, 2]), true).dataSync());
    product.forEach((value, i) => {
      let sum = 0;
      for (let k = 0; k < rows; k++) sum += a[3 * k + Math.floor(i / 2)]! * b[2 * k + (i % 2)]!;
      expect(value).toBe(sum); // whole numbers, small enough to be exact
    });
  });
});

describe.each(engines)("along axes of many numbers, on %s,", (engine) => {
  /** Runs on the engine, and leaves nothing behind. */
  const on = async (run: () => void) => {
    await tf.setBackend(engine);
    tf.tidy(() => void run());
  };

  it.each<[shape: number[], axes: number[]]>([
    [[1 << 22], [0]],
    [[4_194_301], [0]], // a prime
    [[3, 1_048_573], [1]], // another, with numbers before
    [[2, 262_139, 3], [1]], // and behind
    [[1 << 20, 3], [0]],
    [[1, 1 << 20, 2], [1]],
    [[5, 577, 7], [1]], // the tokens of an image of 24² patches
    [
      [7, 1 << 18, 2],
      [0, 1],
    ],
    [
      [512, 4, 1024],
      [0, 2],
    ],
  ])("sums and means of %j over %j", (shape, axes) =>
    on(() => {
      const x = tf.fill(shape, 0.1);
      const count = axes.reduce((product, axis) => product * shape[axis]!, 1);
      expectClose(tf.sum(x, axes), count * tenth);
      expectClose(tf.mean(x, axes), tenth);
    }),
  );

  it("the mean of 20 million ones is 1", () =>
    on(() => expect(tf.mean(tf.ones([2e7])).dataSync()[0]).toBeCloseTo(1, 6)));

  it("a mean is as exact as the sum over the count", () =>
    on(() => {
      const x = tf.tensor2d(
        Float32Array.from({ length: 300_000 }, (_, i) => 1000 + (i % 7)),
        [100_000, 3],
      );
      const exact = [0, 1, 2].map((column) => {
        let sum = 0;
        for (let row = 0; row < 100_000; row++) sum += 1000 + ((3 * row + column) % 7);
        return sum / 100_000;
      });
      tf.mean(x, 0)
        .dataSync()
        .forEach((mean, column) => expect(Math.abs(mean / exact[column]! - 1)).toBeLessThan(3e-7));
    }));

  it.each<[name: string, f: () => tf.Tensor, expected: number]>([
    ["average pooling of a whole map", () => tf.avgPool(tf.fill([1, 512, 512, 3], 0.1) as tf.Tensor4D, 512, 1, "valid"), tenth],
    ["the sum of a segment", () => tf.unsortedSegmentSum(tf.fill([1 << 18], 0.1), tf.zeros([1 << 18], "int32") as tf.Tensor1D, 1), 2 ** 18 * tenth],
    ["the gradient of a row that is gathered often", () => tf.grad((w: tf.Tensor) => tf.mul(tf.gather(w, tf.zeros([1 << 18], "int32")), tenth))(tf.ones([1])), 2 ** 18 * tenth],
    ["a running sum", () => tf.slice(tf.cumsum(tf.fill([1 << 18], 0.1)), (1 << 18) - 1, 1), 2 ** 18 * tenth],
  ])("%s", (_, f, expected) => on(() => expectClose(f(), expected))); // prettier-ignore

  it("sums of integers wrap around", () =>
    on(() => {
      const x = tf.fill([1000, 2], 2 ** 31 - 1, "int32");
      expect([...tf.sum(x, 0).dataSync()]).toEqual([(1000 * (2 ** 31 - 1)) | 0, (1000 * (2 ** 31 - 1)) | 0]);
    }));

  it.each([
    ["both infinities", [Infinity, -Infinity], Infinity, -Infinity],
    ["the largest numbers of both signs", [3e38, -3e38], Math.fround(3e38), Math.fround(-3e38)],
    ["NaN", [NaN, 5], NaN, NaN],
    ["NaN and infinities", [Infinity, NaN, -Infinity], NaN, NaN],
  ])("the greatest and the least of 5,000 numbers with %s", (_, among, greatest, least) =>
    on(() => {
      const values = Float32Array.from({ length: 5000 }, (_, i) =>
        i % 1000 === 500 ? (among[(i / 1000) | 0] ?? 0) : i % 9,
      );
      expect(tf.max(tf.tensor1d(values)).dataSync()[0]).toBe(greatest);
      expect(tf.min(tf.tensor1d(values)).dataSync()[0]).toBe(least);
      expect(tf.max(tf.tensor2d(values, [5000, 1]), 0).dataSync()[0]).toBe(greatest);
    }),
  );

  it("the greatest 100 of 3,000 numbers are in order, where there is NaN too", () =>
    on(() => {
      const values = Float32Array.from({ length: 3000 }, (_, i) => (i % 10 === 0 ? NaN : (i * 7919) % 3001));
      const order = [...values.keys()].filter((i) => i % 10 !== 0).sort((i, j) => values[j]! - values[i]!);
      const { values: greatest, indices } = tf.topk(tf.tensor1d(values), 100);
      expect([...indices.dataSync()]).toEqual(order.slice(0, 100));
      expect([...greatest.dataSync()]).toEqual(order.slice(0, 100).map((i) => values[i]));
    }));

  it("a softmax over a million equal numbers", () =>
    on(() => expectClose(tf.softmax(tf.zeros([1, 1 << 20])), 2 ** -20)));
});
