/**
 * Prints the README's table: what simple classifiers find in both sets, from pixels and from features that were trained
 * on neither.
 */
import * as tf from "@tensorflow/tfjs-core";
import { inferenceContext } from "@fovea/nn";
import { emojiFamilies, imagenetTrunk, trafficSigns } from "@fovea/open-datasets";
import "../../../tools/vitest/setup.js"; // an engine
import { nearestMean, probe, softmaxRegression, type Features, type Shares } from "./probes.js";

const trunk = await imagenetTrunk();
const sets = [
  await emojiFamilies({ renderings: { train: 8 } }),
  await trafficSigns({ renderings: { train: 16, validation: 8, test: 8 } }),
];
const features: Readonly<Record<string, Features>> = {
  "pixels, 16 × 16": (images) => tf.reshape(tf.avgPool(images, 4, 4, "valid"), [images.shape[0], -1]),
  "the trunk's, averaged": (images) => tf.mean(trunk.maps(images, inferenceContext())[0]!, [1, 2]),
};
const probes = { "nearest mean": nearestMean, "softmax regression": softmaxRegression };
const percents = ({ classes, families }: Shares) => [classes, families].map((share) => `${(100 * share).toFixed(1)} %`);

console.log("| set | features | classifier | validation, class | family | test, class | family |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const set of sets)
  for (const [seen, encode] of Object.entries(features))
    for (const [by, learn] of Object.entries(probes)) {
      const { validation, test } = await probe(set, encode, learn);
      console.log(`| ${[set.name, seen, by, ...percents(validation), ...percents(test)].join(" | ")} |`);
    }
