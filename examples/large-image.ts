// Trains attention sampling, with an attention network of its own, on TIFFs of any size, and tells its accuracy.
//
//     node --import tsx large-image.ts FOLDER       with FOLDER/labels.csv: lines of file,label,split (train or test)
import { useEngine } from "@fovea/engine";
import { mobileNetV2 } from "@fovea/backbones";
import { byteCache, processedBatches, toTensor, type TileSource } from "@fovea/data";
import { tiledImage } from "@fovea/data/node";
import { addLosses, crossEntropy } from "@fovea/losses";
import { attentionSamplingClassifier } from "@fovea/models";
import { activation, conv2d, freeze, joinModules, rng, sequential, trainingContext } from "@fovea/nn";
import { encoderFeatures, type AttentionNetwork } from "@fovea/patch-sampling";
import { loadPretrained } from "@fovea/pretrained";
import { nsfwjsTrunk } from "@fovea/pretrained/nsfwjs";
import { adamW, fit, oneCycle, paramGroups } from "@fovea/train";
import { progressBar } from "@fovea/train/node";
import * as tf from "@tensorflow/tfjs-core";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

await useEngine();

const [root = "slides", epochs = "20"] = process.argv.slice(2);
const lines = (await readFile(join(root, "labels.csv"), "utf8")).trim().split(/\r?\n/).slice(1);
const rows = lines.map((line) => line.split(",") as [file: string, name: string, split: string]);
const classes = [...new Set(rows.map(([, name]) => name))].sort();
const cache = byteCache(256e6); // of the decoded tiles of all images together
const open = async ([file, name]: (typeof rows)[number]) => {
  return { source: await tiledImage(join(root, file), { cache }), label: classes.indexOf(name) };
};
const [train, test] = await Promise.all(
  ["train", "test"].map((split) => Promise.all(rows.filter((row) => row[2] === split).map(open))),
);

/** Your own attention network: views [batch, height, width, 3] → a logit for each cell, [batch, rows, columns]. */
function ownAttention(): AttentionNetwork {
  const layers = sequential({
    coarse: conv2d({ in: 3, out: 16, kernel: 5, stride: 2, padding: "same", seed: 1 }),
    relu: activation("relu"),
    score: conv2d({ in: 16, out: 1, kernel: 3, padding: "same", seed: 2 }),
  });
  return {
    ...joinModules({ "": layers }),
    forward: (views, ctx) => tf.tidy(() => tf.squeeze(layers.forward(views, ctx), [3])),
  };
}

// Patches are looked at by a network that has seen ImageNet, and stays as it is.
const trunk = mobileNetV2({ until: "block_13_expand_relu" });
const weights = await nsfwjsTrunk();
loadPretrained(trunk, weights, { partial: true });
weights.dispose();
freeze(trunk);

const config = { classes: classes.length, scale: 1 / 4, patch: [48, 48], samples: 10, dim: trunk.dim } as const;
const parts = { attention: ownAttention(), features: encoderFeatures(trunk) };
const model = attentionSamplingClassifier(config, { ...parts, toTensor: (blocks) => toTensor(blocks, "keras") });
const sample = (image: TileSource, step: number, i: number) =>
  model.sample(image, trainingContext(rng(0).split(step, i)));
await fit({
  module: model,
  batches: processedBatches(train!, sample, {
    batch: 8,
    collate: (patches) => model.collate(patches, { training: true }),
  }),
  prefetch: 0, // patches are drawn with the present weights
  loss: ({ inputs, labels }, ctx) => {
    const { logits, negativeEntropy } = model.forward(inputs, ctx);
    return addLosses({ class: crossEntropy(logits, labels), entropy: tf.mul<tf.Scalar>(negativeEntropy, 0.01) });
  },
  epochs: Number(epochs),
  optimizer: paramGroups(adamW(), { "head.": { learningRateFactor: 20 } }), // features have length 1
  schedule: oneCycle({ max: 3e-3, warmup: 0.2 }),
  clipNorm: 5,
  callbacks: [progressBar()],
});

let right = 0;
for (const { source, label } of test!) {
  const { probabilities } = await model.predict(source);
  if (probabilities.indexOf(Math.max(...probabilities)) === label) right++;
}
console.log(`${((100 * right) / test!.length).toFixed(1)} % of ${test!.length} images, ${classes.length} classes`);
