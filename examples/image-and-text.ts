// Trains PMA on images and sentences about them, shows what it looked at, and teaches a student that needs no text. Tells
// the accuracy of both, and of the student's network trained on labels.
//
//     node --import tsx image-and-text.ts LIST.jsonl       lines of {"image", "text", "label", "split"} (train or test)
import { useEngine } from "@fovea/engine";
import { mobileNetV2 } from "@fovea/backbones";
import { lstmPhraseEncoder, phraseExtractor, vocabularyOf } from "@fovea/bimodal";
import { cachedPhrases } from "@fovea/bimodal/node";
import { winkTagger } from "@fovea/bimodal/wink";
import { imageTextBatches, randomResizedCrop, resize, type ImageTextBatch } from "@fovea/data";
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
const all = [...train.items, ...test.items];
const found = await cachedPhrases(`${list}.phrases.jsonl`, all, phraseExtractor(winkTagger()));
const phrasesOf = ({ id }: { id: string }) => [...new Set(found.get(id)!.flatMap(({ phrases }) => phrases))];
const vocabulary = vocabularyOf(new Set(train.items.flatMap(phrasesOf)));
const longest = (lists: readonly (readonly unknown[])[]) => Math.max(...lists.map(({ length }) => length));
const ids = all.map((image) => phrasesOf(image).map(vocabulary.idsOf));
const widest = { maxPhrases: longest(ids), maxWords: longest(ids.flat()), pad: "max" } as const; // one compiled step for all
const batchesOf = (set: typeof train, { training }: { training: boolean }) =>
  imageTextBatches({
    ...{ set, batch: 32, normalization: "keras", shuffle: training },
    transform: training ? randomResizedCrop({ size: side, area: [0.5, 1] }) : resize(side),
    mirror: training && "unless-sided", // no sentence may say left or right
    ...{ encode: (_, image) => phrasesOf(image).map(vocabulary.idsOf), ...(training && widest) },
  });

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
    ...{ module, loss, batches: batchesOf(train, { training: true }), epochs: Number(epochs) },
    optimizer: adamW({ weightDecay: 0.05, decay: exceptVectors }),
    schedule: oneCycle({ max: 1e-3, warmup: 0.2 }),
    clipNorm: 5,
    callbacks: [progressBar()],
  });

async function tell(name: string, classify: (batch: ImageTextBatch) => tf.Tensor2D) {
  const batches = batchesOf(test, { training: false });
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

// What each stage looked at: a part of the image, and the weights of the phrases; × marks those that it explains. Later
// stages see neither this part nor these phrases.
const shown = test.items.filter((_, i) => i % Math.ceil(test.items.length / 4) === 0);
const { images, words } = await batchesOf({ ...test, items: shown }, { training: false }).batch(0);
const outputs = teacher.outputs(images, words, inferenceContext());
for (const [i, { stages }] of (await explainPma(outputs, { imageSize: [side, side] })).entries()) {
  const phrases = phrasesOf(shown[i]!);
  console.log(`${shown[i]!.id}, ${test.classes[shown[i]!.label]}`);
  for (const { box, beta, available, struck } of stages) {
    const weighed = available.map((p) => `${phrases[p]} ${beta[p]!.toFixed(2)}${struck.includes(p) ? " ×" : ""}`);
    console.log(
      `  ${box.left}, ${box.top}, ${box.width} × ${box.height}: ${weighed.join(", ") || "no phrase is left"}`,
    );
  }
}

// Two networks that see images alone: one learns from labels, the student from the teacher.
const baseline = fineGrainedClassifier(tunedTrunk(), { classes });
await learn(baseline, ({ images, labels }, ctx) => crossEntropy(baseline.forward(images, ctx), labels));
const student = fineGrainedClassifier(tunedTrunk(), { classes });
await learn(student, ({ images, words }, ctx) => {
  const taught = withoutGradient(images, (x) => teacher.forward(x, words, inferenceContext()));
  return softLabelDistillation(student.forward(images, ctx), taught);
});
await saveSafetensors("student.safetensors", weightsOf(student), { classes: JSON.stringify(test.classes) });

await tell("image and text", ({ images, words }) => teacher.forward(images, words, inferenceContext()));
await tell("image alone, from labels", ({ images }) => baseline.forward(images, inferenceContext()));
await tell("image alone, from the teacher", ({ images }) => student.forward(images, inferenceContext()));
