// Trains bi-modal PMA on images and sentences about them, shows what it looked at, and teaches a network that needs no
// text. Tells the accuracy of both.
//
//     node --import tsx image-and-text.ts LIST.jsonl       lines of {"image", "text", "label", "split"} (train or test)
import { useEngine } from "@fovea/engine";
import { mobileNetV2 } from "@fovea/backbones";
import { lstmPhraseEncoder, phraseExtractor, vocabularyOf } from "@fovea/bimodal";
import { cachedPhrases } from "@fovea/bimodal/node";
import { winkTagger } from "@fovea/bimodal/wink";
import {
  compose,
  horizontalFlip,
  imageTextBatches,
  randomResizedCrop,
  resize,
  type ImageTextBatch,
  type Transform,
} from "@fovea/data";
import { imageTextList } from "@fovea/data/node";
import { crossEntropy, softLabelDistillation } from "@fovea/losses";
import { bimodalPma, explainPma, fineGrainedClassifier } from "@fovea/models";
import { freeze, inferenceContext, weightsOf, withoutGradient, type Module } from "@fovea/nn";
import { saveSafetensors } from "@fovea/nn/node";
import { loadPretrained } from "@fovea/pretrained";
import { nsfwjsTrunk } from "@fovea/pretrained/nsfwjs";
import { adamW, confusionMatrix, exceptVectors, fit, oneCycle, type FitOptions } from "@fovea/train";
import { progressBar } from "@fovea/train/node";
import * as tf from "@tensorflow/tfjs-core";

await useEngine();

const [list = "images.jsonl", epochs = "8", size = "96"] = process.argv.slice(2);
const side = Number(size);
const train = await imageTextList(list, { split: "train" });
const test = await imageTextList(list, { split: "test" });
const classes = train.classes.length;

// The noun phrases of the sentences, in a file that you may edit. Words of one phrase alone are unknown.
const found = await cachedPhrases(
  `${list}.phrases.jsonl`,
  [...train.items, ...test.items],
  phraseExtractor(winkTagger()),
);
const said = (id: string) => found.get(id)!.flatMap(({ phrases }) => phrases);
const vocabulary = vocabularyOf(new Set(train.items.flatMap(({ id }) => said(id))));
/** Phrases of the same words once, as batches have them. */
const phrasesOf = ({ id }: { id: string }) => [
  ...new Map(said(id).map((phrase) => [vocabulary.idsOf(phrase).join(), phrase])).values(),
];
const batchesOf = (set: typeof train, transform: Transform, shuffle: boolean) =>
  imageTextBatches({
    ...{ set, transform, shuffle, batch: 32, normalization: "keras" },
    encode: (_, item) => phrasesOf(item).map(vocabulary.idsOf),
  });
const augmented = compose(randomResizedCrop({ size: side, area: [0.5, 1] }), horizontalFlip());

// ImageNet's features up to block 10 stay; what follows learns.
const weights = await nsfwjsTrunk();
function tunedTrunk() {
  const trunk = mobileNetV2({ until: "block_13_expand_relu" });
  loadPretrained(trunk, weights, { partial: true });
  for (const key of Object.keys(trunk.params)) if (!/^block_1[123]_(?!.*_BN\/)/.test(key)) freeze(trunk, key);
  return trunk;
}

const learn = (module: Module, loss: FitOptions<ImageTextBatch>["loss"]) =>
  fit({
    ...{ module, loss, batches: batchesOf(train, augmented, true), epochs: Number(epochs) },
    optimizer: adamW({ weightDecay: 0.05, decay: exceptVectors }),
    schedule: oneCycle({ max: 1e-3, warmup: 0.2 }),
    clipNorm: 5,
    callbacks: [progressBar()],
  });

async function tell(name: string, classify: (batch: ImageTextBatch) => tf.Tensor2D) {
  const batches = batchesOf(test, resize(side), false);
  const confusion = confusionMatrix({ classes });
  for (let step = 0; step < batches.stepsPerEpoch; step++) {
    const batch = await batches.batch(step);
    const predictions = tf.tidy(() => tf.argMax(classify(batch), 1));
    confusion.add(await batch.labels.data(), await predictions.data());
    tf.dispose([batch.images, batch.labels, batch.words, predictions]);
  }
  console.log(`${(100 * confusion.accuracy).toFixed(1)} % of ${test.items.length} images, ${classes} classes: ${name}`);
}

const reader = lstmPhraseEncoder({ size: vocabulary.size, embedding: 64, hidden: 128, dropout: 0.2 });
const teacher = bimodalPma(tunedTrunk(), reader, { classes, finalDim: 128 });
await learn(teacher, ({ images, words, labels }, ctx) => crossEntropy(teacher.forward(images, words, ctx), labels));

// What each stage looked at: a part of the image, and the phrases that go with it. Later stages see neither again.
const { images, words } = await batchesOf(test, resize(side), false).batch(0);
const explained = await explainPma(teacher.outputs(images, words, inferenceContext()), { imageSize: [side, side] });
for (const at of [0, 10, 20]) {
  const item = test.items[at]!;
  const phrases = phrasesOf(item);
  console.log(`${test.classes[item.label]} (${item.id})`);
  for (const { box, beta, available, struck } of explained[at]!.stages)
    console.log(
      `  ${box.left}, ${box.top}, ${box.width} × ${box.height}:`,
      available
        .map((i) => `${phrases[i]} ${beta[i]!.toFixed(2)}${struck.includes(i) ? " (struck out)" : ""}`)
        .join(", "),
    );
}

// Two networks that see images alone: one learns from labels, one from the teacher.
const student = fineGrainedClassifier(tunedTrunk(), { classes });
const baseline = fineGrainedClassifier(tunedTrunk(), { classes });
await learn(baseline, ({ images, labels }, ctx) => crossEntropy(baseline.forward(images, ctx), labels));
await learn(student, ({ images, words }, ctx) => {
  const taught = withoutGradient(images, (x) => teacher.forward(x, words, inferenceContext()));
  return softLabelDistillation(student.forward(images, ctx), taught);
});
await saveSafetensors("student.safetensors", weightsOf(student));
await tell("image and text", ({ images, words }) => teacher.forward(images, words, inferenceContext()));
await tell("image alone, taught by labels", ({ images }) => baseline.forward(images, inferenceContext()));
await tell("image alone, taught by the one with text", ({ images }) => student.forward(images, inferenceContext()));
