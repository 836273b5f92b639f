import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";

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
