/**
 * Prints the README's tables: what simple classifiers find in the fine-grained sets, from pixels and from features that
 * were trained on neither; and what they find in images, in texts, and in both.
 */
import * as tf from "@tensorflow/tfjs-core";
import { inferenceContext } from "@fovea/nn";
import { emojiFamilies, emojiTexts, emojiTextKinds, imagenetTrunk, trafficSigns } from "@fovea/open-datasets";
import "../../../tools/vitest/setup.js"; // an engine
import { nearestMean, probe, softmaxRegression, type Features, type Shares } from "./probes.js";
import { probeTexts, type TextShares } from "./text-probes.js";

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

const folds = [0, 1, 2, 3, 4];
const mean = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
const over = (shares: readonly TextShares[]) =>
  (["image", "text", "both"] as const).map(
    (seen) => `${(100 * mean(shares.map((share) => share[seen]))).toFixed(1)} %`,
  );

console.log("\n| text | validation, image | text | both | test, image | text | both |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const text of emojiTextKinds) {
  const found: Awaited<ReturnType<typeof probeTexts>>[] = [];
  for (const fold of folds)
    found.push(await probeTexts(await emojiTexts({ text, fold }), features["the trunk's, averaged"]!));
  const [validation, test] = (["validation", "test"] as const).map((split) => over(found.map((fold) => fold[split])));
  console.log(`| ${[text, ...validation!, ...test!].join(" | ")} |`);
}
