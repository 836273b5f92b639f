/**
 * A small network and its gradient on images of as many sizes as the argument says (1,500 by default), and what the
 * process holds meanwhile: `npm run many-sizes`.
 */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers"; // registers the gradients
import "@fovea/tfjs-backend-onnxruntime";
import { sample } from "./processes/growth.js";

/** Convolutions, pooling and resizing of an image, down to one vector. */
function features(images: tf.Tensor4D, filters: readonly tf.Tensor4D[]): tf.Tensor {
  const [first, second] = filters as [tf.Tensor4D, tf.Tensor4D];
  const map = tf.maxPool(tf.relu(tf.conv2d(images, first, 1, "same")), 2, 2, "same");
  const resized = tf.image.resizeBilinear(tf.relu(tf.conv2d(map, second, 2, "same")), [17, 19]);
  return tf.mean(resized, [1, 2]);
}

const sizes = Number(process.argv[2] ?? 1500);
tf.enableProdMode();
if (!(await tf.setBackend("onnxruntime"))) process.exit(1);
const filters = [tf.fill([3, 3, 3, 16], 0.01), tf.fill([3, 3, 16, 16], 0.01)] as tf.Tensor4D[];
for (let i = 0; i < sizes; i++) {
  tf.tidy(() => {
    const images = tf.fill([1, 128 + (i % 71), 128 + (Math.floor(i / 71) % 71), 3], 0.5);
    tf.grad((x: tf.Tensor) => tf.sum(features(x as tf.Tensor4D, filters)))(images).dataSync();
  });
  if ((i + 1) % Math.ceil(sizes / 10) !== 0) continue;
  globalThis.gc?.();
  const { rss, sessions, pool } = sample(i + 1);
  console.log(`${i + 1} sizes: ${rss.toFixed(0)} MB resident, ${sessions} sessions, ${pool.toFixed(0)} MB in the pool`);
}
