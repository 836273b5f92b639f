import * as losses from "@fovea/losses";
import * as tf from "@tensorflow/tfjs-core";
import { ofInputs, type Makers } from "./subjects.js";

const BATCH = 6;
const CLASSES = 5;
const logits = { z: [BATCH, CLASSES] } as const;
const two = { a: [BATCH, CLASSES], b: [BATCH, CLASSES] } as const;
const embeddings = { x: [BATCH, 4] } as const;
const cosines = { embeddings: [BATCH, 4], weight: [4, CLASSES] } as const;
const views = { single: [BATCH, 3, CLASSES], fused: [BATCH, CLASSES] } as const;
const maps = { maps: [BATCH, 3, 3, 12] } as const;

/** Row 2 is of no class. */
const labels = tf.tensor1d([0, 1, -1, 1, 0, 4], "int32");
const allKnown = tf.tensor1d([0, 1, 2, 1, 0, 4], "int32");
const targets = tf.tidy(() => tf.softmax(tf.tensor2d(Array.from({ length: BATCH * CLASSES }, (_, i) => Math.sin(i)), [BATCH, CLASSES]))) as tf.Tensor2D; // prettier-ignore
const sampleWeights = tf.tensor1d([1, 0.5, 2, 0, 1, 1]);
const classWeights = [1, 2, 0.5, 1, 3];
const mask = tf.tensor2d([[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0], [1, 0, 1], [1, 1, 1]], [BATCH, 3], "int32"); // prettier-ignore
for (const tensor of [labels, allKnown, targets, sampleWeights, mask]) tf.keep(tensor);

/** One maker for each set of options. */
const each = <Options>(name: string, options: readonly Options[], make: (options: Options) => Makers[string]): Makers =>
  Object.fromEntries(options.map((one) => [`${name} ${described(one)}`, make(one)]));

const labelsFor = (options: { readonly ignore?: number }) => (options.ignore === undefined ? labels : allKnown);

const described = (options: unknown): string =>
  JSON.stringify(options, (_, value: unknown) => (value instanceof tf.Tensor ? "tensor" : value));

const rows = [{}, { ignore: 0 }, { classWeights }, { sampleWeights }, { reduction: "sum" }, { reduction: "none" }] as const; // prettier-ignore
const distillation = [{}, { temperature: 2 }, { sampleWeights }];
const margin = [{}, { margin: 0.2, scale: 8 }, { ignore: 0 }];

const [IMAGES, ROWS, COLUMNS, DIM, MAP_CLASSES] = [2, 3, 4, 5, 3];
const segmentLogits = { z: [IMAGES, ROWS, COLUMNS, MAP_CLASSES] } as const;
const twoMaps = { a: [IMAGES, ROWS, COLUMNS, DIM], b: [IMAGES, ROWS, COLUMNS, DIM] } as const;
const widerTeacher = { a: [IMAGES, ROWS, COLUMNS, DIM], b: [IMAGES, ROWS, COLUMNS, 7] } as const;
/** One is ignored, class 2 is in the second image only. */
const labelMap = tf.tensor3d([0, 0, 1, 1, 255, 0, 1, 1, 0, 0, 0, 1, 2, 2, 0, 0, 2, 2, 255, 255, 0, 0, 0, 2], [IMAGES, ROWS, COLUMNS], "int32"); // prettier-ignore
/** Of the images, twice as large; class 1 of the first image falls between the rows of its map. */
const largeLabelMap = tf.tidy(() => tf.tensor3d(Int32Array.from({ length: IMAGES * 5 * 7 }, (_, i) => (i === 8 ? 1 : i % 5 === 2 ? 255 : i < 35 ? 0 : 2 * (i % 2))), [IMAGES, 5, 7])); // prettier-ignore
for (const tensor of [labelMap, largeLabelMap]) tf.keep(tensor);
const mapWeights = [1, 3, 0.5];
const scopes = [{ scope: "image" }, { scope: "batch" }] as const;
/** From features and labels of full size. */
const prototypesOf = (x: tf.Tensor4D, scope: "image" | "batch" = "image") =>
  losses.classPrototypes(x, largeLabelMap, { classes: MAP_CLASSES, scope });

/** Every loss, with every option that changes its formula. */
export const lossMakers: Makers = {
  ...each(
    "adaptiveKL",
    [{}, { scale: 3, reduction: "pixel" }, { labels: largeLabelMap }] as const,
    (options) => () => ofInputs(twoMaps, ({ a, b }) => losses.adaptiveKL(prototypesOf(a), prototypesOf(b), options)),
  ),
  "adaptiveKL of a batch": () =>
    ofInputs(twoMaps, ({ a, b }) => losses.adaptiveKL(prototypesOf(a, "batch"), prototypesOf(b, "batch"))),
  addLosses: () =>
    ofInputs(two, ({ a, b }) => {
      const parts = { mutual: losses.mutualDistillation(a, b), own: losses.crossEntropy(a, labels) };
      const { total, terms } = losses.addLosses(parts);
      return tf.stack([total, ...Object.values(terms)]);
    }),
  ...each(
    "arcFace",
    margin,
    (options) => () => ofInputs(cosines, (x) => losses.arcFace(x, labelsFor(options), options)),
  ),
  ...each(
    "attentionContrast",
    [{}, { background: 1 }, { background: null }],
    (options) => () => ofInputs(logits, ({ z }) => losses.attentionContrast(z, labels, options)),
  ),
  "attentionContrast of one logit": () =>
    ofInputs({ z: [BATCH, 1] }, ({ z }) => losses.attentionContrast(z, tf.tensor1d([0, 1, 1, 0, -1, 1], "int32"))),
  ...each(
    "channelDistillation",
    [{}, { temperature: 1 }],
    (options) => () => ofInputs(twoMaps, ({ a, b }) => losses.channelDistillation(a, b, options)),
  ),
  ...each(
    "classPrototypes",
    scopes,
    ({ scope }) =>
      () =>
        ofInputs({ a: twoMaps.a }, ({ a }) => {
          const { prototypes, present, cosines } = prototypesOf(a, scope);
          return tf.concat([prototypes, present, cosines].map((x) => tf.reshape(x, [-1])));
        }),
  ),
  ...each(
    "cosFace",
    margin,
    (options) => () => ofInputs(cosines, (x) => losses.cosFace(x, labelsFor(options), options)),
  ),
  cosineScores: () => ofInputs(cosines, (x) => losses.cosineScores(x)),
  ...each(
    "crossEntropy",
    [...rows, { labelSmoothing: 0.1 }, { labelSmoothing: 0.1, classWeights }],
    (options) => () =>
      ofInputs(logits, ({ z }) => losses.crossEntropy(z, labelsFor(options), options as losses.CrossEntropyOptions)),
  ),
  ...each(
    "crossEntropy of soft labels",
    rows,
    (options) => () =>
      ofInputs(logits, ({ z }) => losses.crossEntropy(z, targets, options as losses.CrossEntropyOptions)),
  ),
  ...each(
    "diceLoss",
    [...scopes, { smooth: 2 }],
    (options) => () => ofInputs(segmentLogits, ({ z }) => losses.diceLoss(z, labelMap, options)),
  ),
  ...each(
    "focalLoss",
    [...rows, { gamma: 0 }, { gamma: 1.5 }],
    (options) => () =>
      ofInputs(logits, ({ z }) => losses.focalLoss(z, labelsFor(options), options as losses.FocalLossOptions)),
  ),
  ...each(
    "infoNce",
    [{}, { temperature: 0.5 }, { symmetric: true }],
    (options) => () => ofInputs(two, ({ a, b }) => losses.infoNce(a, b, options)),
  ),
  ...each(
    "intraClassDistillation",
    scopes,
    (options) => () =>
      ofInputs(widerTeacher, ({ a, b }) =>
        losses.intraClassDistillation(a, b, largeLabelMap, { classes: MAP_CLASSES, ...options }),
      ),
  ),
  labelsAt: () => ofInputs({}, () => losses.labelsAt(largeLabelMap, ROWS, COLUMNS)),
  ...each(
    "lovaszSoftmax",
    scopes,
    (options) => () => ofInputs(segmentLogits, ({ z }) => losses.lovaszSoftmax(z, labelMap, options)),
  ),
  ...each(
    "knowledgeDistillation",
    distillation,
    (options) => () => ofInputs(two, ({ a, b }) => losses.knowledgeDistillation(a, b, options)),
  ),
  ...each(
    "mcLoss",
    [{}, { groups: [3, 3, 2, 2, 2] }, { alpha: 1, beta: 5 }, { reduction: "segments" }, { reduction: "raw" }, { signed: true }, { perSample: true }] as const, // prettier-ignore
    (options) => () =>
      ofInputs(maps, ({ maps }, ctx) => {
        const { total, terms } = losses.mcLoss(maps, labels, ctx, { classes: CLASSES, ...options });
        return tf.stack([total, ...Object.values(terms)]);
      }),
  ),
  ...each(
    "mcScores",
    [{}, { groups: [2, 3, 2, 3, 2] }],
    (options) => () => ofInputs(maps, ({ maps }) => losses.mcScores(maps, { classes: CLASSES, ...options })),
  ),
  ...each(
    "mutualDistillation",
    distillation,
    (options) => () => ofInputs(two, ({ a, b }) => losses.mutualDistillation(a, b, options)),
  ),
  ...each(
    "mvHfmdLoss",
    [{}, { lambda: 1, temperature: 2 }, { singleLoss: "score-fused" }, { mask }, { mask, minFusedViews: 1 }] as const,
    (options) => () =>
      ofInputs(views, (x) => {
        const { total, terms } = losses.mvHfmdLoss(x, labels, options);
        return tf.stack([total, ...Object.values(terms)]);
      }),
  ),
  ...each(
    "pairwiseConfusion",
    [{}, { pairs: "halves" }, { distance: "euclidean" }, { ignore: 0 }] as const,
    (options) => () => ofInputs(logits, ({ z }) => losses.pairwiseConfusion(z, labelsFor(options), options)),
  ),
  "pairwiseConfusion without labels": () => ofInputs(logits, ({ z }) => losses.pairwiseConfusion(z)),
  ...each(
    "pairwiseDistillation",
    [{}, { patch: [2, 3], pooling: "max" }, { patch: [1, 1] }] as const,
    (options) => () => ofInputs(widerTeacher, ({ a, b }) => losses.pairwiseDistillation(a, b, options)),
  ),
  ...each(
    "pixelCrossEntropy",
    [{}, { ignore: 0 }, { classWeights: mapWeights }, { labelSmoothing: 0.1 }, { ohem: { threshold: 0.4, minKept: 3 } }, { ohem: {} }, { classWeights: mapWeights, labelSmoothing: 0.1, ohem: { threshold: 0.3, minKept: 0 } }] as readonly losses.PixelCrossEntropyOptions[], // prettier-ignore
    (options) => () =>
      ofInputs(
        segmentLogits,
        ({ z }) =>
        losses.pixelCrossEntropy(z, options.ignore === undefined ? labelMap : tf.minimum(labelMap, tf.scalar(2, "int32")), options), // prettier-ignore
      ),
  ),
  ...each(
    "pixelDistillation",
    [{}, { temperature: 3, reduction: "element" }, { labels: largeLabelMap }] as const,
    (options) => () => ofInputs(twoMaps, ({ a, b }) => losses.pixelDistillation(a, b, options)),
  ),
  ...each(
    "prototypeAlignment",
    scopes,
    ({ scope }) =>
      () =>
        ofInputs(twoMaps, ({ a, b }) => losses.prototypeAlignment(prototypesOf(a, scope), prototypesOf(b, scope))),
  ),
  ...each(
    "prototypeCrossEntropy",
    [{}, { absent: "mask" }, { scale: 4 }] as const,
    (options) => () =>
      ofInputs({ a: twoMaps.a }, ({ a }) => losses.prototypeCrossEntropy(prototypesOf(a), largeLabelMap, options)),
  ),
  resizeLogits: () => ofInputs(segmentLogits, ({ z }) => losses.resizeLogits(z, 5, 7)),
  ...each(
    "softLabelDistillation",
    [{}, { temperature: 2 }, { mixing: 0.5, labels }, { mixing: 1, labels }, { sampleWeights }],
    (options) => () => ofInputs(two, ({ a, b }) => losses.softLabelDistillation(a, b, options)),
  ),
  ...each(
    "supervisedContrastive",
    [{}, { temperature: 0.5 }, { ignore: 0 }],
    (options) => () => ofInputs(embeddings, ({ x }) => losses.supervisedContrastive(x, labels, options)),
  ),
  ...each(
    "totalLabelWeight",
    [{}, { ignore: 0 }, { classWeights }],
    (options) => () => ofInputs({}, () => losses.totalLabelWeight(labelsFor(options), options)),
  ),
  ...each(
    "tripletLoss",
    (["batchHard", "batchAll", "semiHard"] as const).flatMap((mining) =>
      (["euclidean", "squaredEuclidean", "cosine"] as const).map((distance) => ({ mining, distance })),
    ),
    (options) => () => ofInputs(embeddings, ({ x }) => losses.tripletLoss(x, labels, options)),
  ),
  ...each(
    "tripletLoss",
    [{ margin: 1 }, { ignore: 0 }],
    (options) => () => ofInputs(embeddings, ({ x }) => losses.tripletLoss(x, labels, options)),
  ),
  ...each(
    "tverskyLoss",
    [...scopes, { alpha: 1, beta: 0.5, smooth: 2 }],
    (options) => () => ofInputs(segmentLogits, ({ z }) => losses.tverskyLoss(z, labelMap, options)),
  ),
  ...each(
    "viewCrossEntropy",
    [{}, { mask }],
    (options) => () =>
      ofInputs({ single: [BATCH, 3, CLASSES] }, ({ single }) => losses.viewCrossEntropy(single, labels, options)),
  ),
};

/** What is exported and computes nothing from tensors. */
export const lossesAside = ["channelGroups", "channelMask", "mcLossWeights"];
