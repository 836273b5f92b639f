import * as tf from "@tensorflow/tfjs-core";
import { resNet } from "@fovea/backbones";
import { lstmPhraseEncoder, progressiveMaskAttention } from "@fovea/bimodal";
import { crossEntropy, softLabelDistillation } from "@fovea/losses";
import { bimodalPma, fineGrainedClassifier } from "@fovea/models";
import { lstm, type Context } from "@fovea/nn";
import type { Case, Size, Subject } from "./case.js";
import { features, labels, paddedWords, randomImages } from "./inputs.js";

/** `words` of a phrase and `phrases` of a sample at most, ids of the `vocabulary`, and lengths of vectors. */
const FULL = { classes: 200, phrases: 20, words: 6, vocabulary: 3000, embedding: 300, hidden: 512, finalDim: 512 };
const TINY = { classes: 7, phrases: 5, words: 3, vocabulary: 30, embedding: 5, hidden: 8, finalDim: 6 };
const sizesOf = ({ tiny }: Size) => (tiny ? TINY : FULL);

const layer = { image: null, multiView: false, peer: true };
// a ResNet-18 makes 4 × 4 cells of 128 pixels: four blocks for three stages
const model = { batch: 8, image: { full: 128, tiny: 128 }, multiView: false };

/** What reads phrases, and what looks and reads. A training step minimizes the mean square of the output. */
export const bimodalLayers: readonly Case[] = [
  { name: "layer/lstm", batch: 640, ...layer, make: lstmOfPhrases },
  { name: "layer/pma-stage", batch: 16, ...layer, make: pmaStage },
];

/** Bi-modal PMA, and its student: a network without text that the teacher's logits train. */
export const bimodalModels: readonly Case[] = [
  { name: "model/pma", ...model, peer: true, make: teacher },
  { name: "model/pma-student", ...model, make: student },
];

/** A sample is a phrase, of vectors of words. */
function lstmOfPhrases(size: Size): Subject {
  const { batch, seed } = size;
  const { words, vocabulary, embedding, hidden } = sizesOf(size);
  const reader = lstm({ in: embedding, hidden, seed });
  const x = features([batch, words, embedding], seed) as tf.Variable<tf.Rank.R3>;
  const mask = tf.tidy(() => isReal(paddedWords([batch, words], vocabulary, seed))) as tf.Tensor2D;
  const forward = (ctx: Context) => tf.tidy(() => reader.forward(x, ctx, mask).last);
  return {
    ...{ params: reader.params, inputs: { x }, data: { mask }, forward },
    loss: (ctx) => meanSquare(() => forward(ctx)),
    dispose: () => [reader, x, mask].forEach((part) => part.dispose()),
  };
}

/** One stage, on the last map of the paper's ResNet-50 for images of 448². */
function pmaStage(size: Size): Subject {
  const { batch, tiny, seed } = size;
  const { phrases, vocabulary, hidden: textDim, finalDim } = sizesOf(size);
  const [side, visualDim] = tiny ? [5, 9] : [14, 2048];
  const attention = progressiveMaskAttention({ visualDim, textDim, finalDim, stages: 1, seed });
  const map = features([batch, side, side, visualDim], seed, "map") as tf.Variable<tf.Rank.R4>;
  const vectors = features([batch, phrases, textDim], seed, "phrases") as tf.Variable<tf.Rank.R3>;
  const mask = tf.tidy(() => isReal(paddedWords([batch, phrases], vocabulary, seed))) as tf.Tensor2D;
  const forward = (ctx: Context) => tf.tidy(() => attention.forward(map, { vectors, mask }, ctx).features);
  return {
    ...{ params: attention.params, inputs: { map, vectors }, data: { mask }, forward },
    loss: (ctx) => meanSquare(() => forward(ctx)),
    dispose: () => [attention, map, vectors, mask].forEach((part) => part.dispose()),
  };
}

/** Images and phrases to scores, under cross-entropy. */
function teacher(size: Size): Subject {
  const { batch, image, seed } = size;
  const { classes, phrases, words, vocabulary, embedding, hidden, finalDim } = sizesOf(size);
  const encoder = lstmPhraseEncoder({ size: vocabulary, embedding, hidden, seed });
  const options = { classes, finalDim, missingText: "zeros", dropout: 0 } as const; // PyTorch would drop other units
  const module = bimodalPma(trunk(size), encoder, { ...options, seed });
  const images = randomImages([batch, image, image, 3], seed) as tf.Tensor4D;
  const ids = paddedWords([batch, phrases, words], vocabulary, seed) as tf.Tensor3D;
  const targets = labels(batch, classes, seed);
  const forward = (ctx: Context) => module.forward(images, ids, ctx);
  return {
    ...{ params: module.params, inputs: {}, data: { images, words: ids, labels: targets }, forward },
    loss: (ctx) => tf.tidy(() => crossEntropy(forward(ctx), targets)),
    dispose: () => [module, images, ids, targets].forEach((part) => part.dispose()),
  };
}

/** Images to scores, under the soft labels of a teacher, whose logits are given. */
function student(size: Size): Subject {
  const { batch, image, seed } = size;
  const { classes } = sizesOf(size);
  const module = fineGrainedClassifier(trunk(size), { classes, seed });
  const images = randomImages([batch, image, image, 3], seed) as tf.Tensor4D;
  const taught = features([batch, classes], seed, "teacher") as tf.Variable<tf.Rank.R2>;
  const forward = (ctx: Context) => module.forward(images, ctx);
  return {
    ...{ params: module.params, inputs: {}, data: { images, teacher: taught }, forward },
    loss: (ctx) => tf.tidy(() => softLabelDistillation(forward(ctx), taught)),
    dispose: () => [module, images, taught].forEach((part) => part.dispose()),
  };
}

const trunk = ({ tiny, seed }: Size) => resNet({ depth: 18, width: tiny ? 4 : 64, seed });

/** 1 for a word, 0 for padding, float32. */
const isReal = (words: tf.Tensor): tf.Tensor => tf.cast(tf.notEqual(words, 0), "float32");

const meanSquare = (f: () => tf.Tensor): tf.Scalar => tf.tidy(() => tf.mean(tf.square(f())));
