// Trains MV-HFMD on your images, several of each object, and tells how many collections of three it classifies right.
//
//     node --import tsx multi-view.ts FOLDER       with FOLDER/train/CLASS/*.jpg and FOLDER/test/CLASS/*.jpg
import { useEngine } from "@fovea/engine";
import { mobileNetV2 } from "@fovea/backbones";
import { collectionSampler, encodeFeatures, gatherBatches, inOrder, labelsOf, viewSubsets } from "@fovea/data";
import { imageFolder } from "@fovea/data/node";
import { mvHfmdLoss } from "@fovea/losses";
import { mvHfmd } from "@fovea/models";
import { freeze, inferenceContext } from "@fovea/nn";
import { loadPretrained } from "@fovea/pretrained";
import { nsfwjsTrunk } from "@fovea/pretrained/nsfwjs";
import { adamW, confusionMatrix, exceptVectors, fit, oneCycle } from "@fovea/train";
import { progressBar } from "@fovea/train/node";
import * as tf from "@tensorflow/tfjs-core";

await useEngine();

const [root = "images", epochs = "4"] = process.argv.slice(2);
const views = 3;
const train = await imageFolder(root, { split: "train", size: 64 });
const test = await imageFolder(root, { split: "test", size: 64, classes: train.classes });
const classes = train.classes.length;

// A network that has seen ImageNet makes a map of each image, once. It stays as it is.
const trunk = mobileNetV2({ until: "block_13_expand_relu" });
const weights = await nsfwjsTrunk();
loadPretrained(trunk, weights, { partial: true });
weights.dispose();
freeze(trunk);
const mapOf = (images: tf.Tensor4D) => trunk.maps(images, inferenceContext())[0]!;
const mapsOf = (set: typeof train) => encodeFeatures(set.items, mapOf, { normalization: "keras" });

// A transformer joins the maps of one, two or three views of an object.
const model = mvHfmd(trunk, { classes, imageSize: [64, 64], dim: 64, depth: 2, heads: 4 });
const sampler = collectionSampler({ labels: labelsOf(train), views: [1, views], batch: 32 });
await fit({
  module: model,
  batches: gatherBatches({ features: await mapsOf(train), sampler }),
  loss: ({ features, labels, mask }, ctx) => {
    const input = { views: features, from: "map", mask } as const;
    const { single, fused } = model.forward(input, ctx, ["single", "fused"]);
    return mvHfmdLoss({ single: single!, fused: fused! }, labels, { lambda: 0.1, mask, minFusedViews: 1 });
  },
  epochs: Number(epochs),
  optimizer: adamW({ weightDecay: 0.05, decay: exceptVectors }),
  schedule: oneCycle({ max: 1.5e-3, warmup: 0.2 }),
  clipNorm: 5,
  callbacks: [progressBar()],
});

const collections = viewSubsets({ labels: labelsOf(test), views, limit: 12 });
const batches = gatherBatches({ features: await mapsOf(test), sampler: inOrder(collections, { batch: 32 }) });
const confusion = confusionMatrix({ classes });
for (let step = 0; step < batches.stepsPerEpoch; step++) {
  const { features, labels, mask } = await batches.batch(step);
  const input = { views: features, from: "map", mask } as const;
  const predictions = tf.tidy(() => tf.argMax(model.forward(input, inferenceContext(), ["fused"]).fused!, 1));
  confusion.add(await labels.data(), await predictions.data());
  tf.dispose([features, labels, mask, predictions]);
}
console.log(
  `${(100 * confusion.accuracy).toFixed(1)} % of ${collections.sampled} collections of ${views} views, ${classes} classes`,
);
