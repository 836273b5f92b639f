// Trains a classifier with MC-Loss on CUB-200-2011, or on your images in the same layout, and tells its accuracy.
//
//     node --import tsx fine-grained.ts FOLDER       where you unpacked CUB_200_2011.tgz
import { useEngine } from "@fovea/engine";
import { mcHead, mobileNetV2, projectedEncoder } from "@fovea/backbones";
import { compose, horizontalFlip, imageBatches, randomResizedCrop, resize } from "@fovea/data";
import { cub200 } from "@fovea/data/node";
import { addLosses, crossEntropy, mcLoss } from "@fovea/losses";
import { fineGrainedClassifier } from "@fovea/models";
import { freeze, inferenceContext } from "@fovea/nn";
import { loadPretrained } from "@fovea/pretrained";
import { nsfwjsTrunk } from "@fovea/pretrained/nsfwjs";
import { adamW, confusionMatrix, exceptVectors, fit, oneCycle } from "@fovea/train";
import { progressBar } from "@fovea/train/node";
import * as tf from "@tensorflow/tfjs-core";

await useEngine();

const [root = "CUB_200_2011", epochs = "10", size = "128"] = process.argv.slice(2);
const side = Number(size);
const train = await cub200(root, { split: "train" });
const test = await cub200(root, { split: "test" });
const classes = train.classes.length;

// ImageNet's features up to block 10 stay; what follows learns, and ends in three channels for each class.
const trunk = mobileNetV2({ until: "block_13_expand_relu" });
const weights = await nsfwjsTrunk();
loadPretrained(trunk, weights, { partial: true });
weights.dispose();
for (const key of Object.keys(trunk.params)) if (!/^block_1[123]_(?!.*_BN\/)/.test(key)) freeze(trunk, key);
const encoder = projectedEncoder(trunk, { channels: 3 * classes });
const cells = Math.ceil(side / 16);
const head = mcHead({ channels: 3 * classes, height: cells, width: cells, pool: cells, classes });
const model = fineGrainedClassifier(encoder, { classes }, head);

await fit({
  module: model,
  batches: imageBatches({
    ...{ set: train, batch: 32, normalization: "keras" },
    transform: compose(randomResizedCrop({ size: side, area: [0.5, 1] }), horizontalFlip()),
  }),
  loss: ({ images, labels }, ctx) => {
    const { maps, logits } = model.outputs(images, ctx);
    const mc = mcLoss(maps, labels, ctx, { classes, alpha: 1.5, beta: 20 });
    return addLosses({ crossEntropy: crossEntropy(logits, labels), mc });
  },
  epochs: Number(epochs),
  optimizer: adamW({ weightDecay: 0.05, decay: exceptVectors }),
  schedule: oneCycle({ max: 1e-3, warmup: 0.2 }),
  clipNorm: 5,
  callbacks: [progressBar()],
});

const batches = imageBatches({ set: test, batch: 32, normalization: "keras", transform: resize(side), shuffle: false });
const confusion = confusionMatrix({ classes });
for (let step = 0; step < batches.stepsPerEpoch; step++) {
  const { images, labels } = await batches.batch(step);
  const predictions = tf.tidy(() => tf.argMax(model.forward(images, inferenceContext()), 1));
  confusion.add(await labels.data(), await predictions.data());
  tf.dispose([images, labels, predictions]);
}
console.log(`${(100 * confusion.accuracy).toFixed(1)} % of ${test.items.length} images, ${classes} classes`);
