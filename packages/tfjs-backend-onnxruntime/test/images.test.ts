import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";

describe("resizing", () => {
  it("gives the size that is asked for, whatever the floats between", async () => {
    await tf.setBackend("onnxruntime");
    for (let from = 1; from < 40; from++)
      for (const to of [3, 7, 10, 31, 100]) {
        const resized = tf.image.resizeBilinear(tf.fill([1, from, 1, 64], 0.5) as tf.Tensor4D, [to, 1]);
        expect(resized.shape).toEqual([1, to, 1, 64]);
        expect(resized.dataSync().every((x) => Math.abs(x - 0.5) < 1e-6)).toBe(true);
      }
  });

  it.each([tf.image.resizeBilinear, tf.image.resizeNearestNeighbor])(
    "<resize x, dy> = <x, gradient>, for images that are not square too",
    async (resize) => {
      await tf.setBackend("onnxruntime");
      const [x, dy] = [tf.randomUniform([2, 30, 20, 5], -1, 1, "float32", 1), tf.randomUniform([2, 17, 41, 5], -1, 1, "float32", 2)]; // prettier-ignore
      for (const alignCorners of [true, false]) {
        const run = (images: tf.Tensor) => resize(images as tf.Tensor4D, [17, 41], alignCorners);
        const dx = tf.grad((images) => run(images))(x, dy);
        const [left] = tf.sum(tf.mul(run(x), dy)).dataSync();
        expect(tf.sum(tf.mul(x, dx)).dataSync()[0]).toBeCloseTo(left!, 3);
      }
    },
  );
});
