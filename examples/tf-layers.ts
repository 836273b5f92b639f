// Trains a model of tf.layers with losses of Fovea: embeddings whose classes are told apart by angle (ArcFace).
//
//     node --import tsx tf-layers.ts FOLDER       with FOLDER/train/CLASS/*.jpg and FOLDER/test/CLASS/*.jpg
import { useEngine } from "@fovea/engine";
import { toTensor } from "@fovea/data";
import { imageFolder } from "@fovea/data/node";
import { addLosses, crossEntropy, supervisedContrastive } from "@fovea/losses";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";

await useEngine();

const [root = "images", epochs = "10"] = process.argv.slice(2);
const train = await imageFolder(root, { split: "train", size: 32 });
const test = await imageFolder(root, { split: "test", size: 32, classes: train.classes });
const classes = train.classes.length;
const tensorsOf = async ({ items }: typeof train) => ({
  images: toTensor(await Promise.all(items.map((item) => item.load()))),
  targets: tf.oneHot(
    items.map(({ label }) => label),
    classes,
    1,
    0,
    "float32",
  ), // what tf.layers takes
});

const conv = (filters: number) =>
  ({ filters, kernelSize: 3, strides: 2, padding: "same", activation: "relu" }) as const;
const model = tfl.sequential({
  layers: [
    tfl.layers.conv2d({ ...conv(16), inputShape: [32, 32, 3] }),
    tfl.layers.conv2d(conv(32)),
    tfl.layers.flatten(),
    tfl.layers.dense({ units: classes }), // logits: the losses take these, without softmax
  ],
});
model.compile({
  optimizer: "adam",
  loss: (targets: tf.Tensor, logits: tf.Tensor) => {
    const labels = tf.argMax(targets, -1) as tf.Tensor1D; // one-hot → labels
    return addLosses({
      crossEntropy: crossEntropy(logits as tf.Tensor2D, targets as tf.Tensor2D, { labelSmoothing: 0.1 }),
      contrastive: supervisedContrastive(logits as tf.Tensor2D, labels, { temperature: 0.5 }),
    }).total;
  },
});

const { images, targets } = await tensorsOf(train);
await model.fit(images, targets, { epochs: Number(epochs), batchSize: 32, shuffle: true, verbose: 0 });
const held = await tensorsOf(test);
const hits = tf.equal(tf.argMax(model.predict(held.images) as tf.Tensor, 1), tf.argMax(held.targets, 1));
const accuracy = tf.mean(tf.cast(hits, "float32")).dataSync()[0]!;
console.log(`${(100 * accuracy).toFixed(1)} % of ${test.items.length} images, ${classes} classes`);
