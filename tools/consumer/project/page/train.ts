import { convNet, mcResNet18 } from "@fovea/backbones";
import { lstmPhraseEncoder, phraseExtractor, vocabularyOf } from "@fovea/bimodal";
import { winkTagger } from "@fovea/bimodal/wink";
import {
  collectionBatches,
  collectionSampler,
  horizontalFlip,
  imageTextBatches,
  labelsOf,
  perView,
  toTensor,
  type ImageSet,
} from "@fovea/data";
import { addLosses, crossEntropy, mcLoss, mvHfmdLoss } from "@fovea/losses";
import { bimodalPma, fineGrainedClassifier, mvHfmd } from "@fovea/models";
import { rng, type BatchSource, type Module } from "@fovea/nn";
import { adamW, constant, fit, type FitOptions } from "@fovea/train";
import * as tf from "@tensorflow/tfjs-core";

/** What a training took, and how its loss went. */
export interface Training {
  readonly name: string;
  readonly seconds: number;
  readonly losses: readonly number[];
  /** Tensors that it left behind. */
  readonly left: number;
}

const side = 32;
const classes = ["rows", "columns", "checks"];

/** Noisy stripes along the rows, along the columns, and both: what a file would be elsewhere. */
function stripes(label: number, noise: Float32Array): Uint8Array {
  const at = (x: number, y: number) => [y, x, x + y][label]! % 8 < 4;
  return Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % side, Math.floor(i / 3 / side)];
    return Math.min(255, Math.max(0, (at(x, y) ? 170 : 80) + 30 * noise[i]!));
  });
}

const set: ImageSet = {
  name: "stripes",
  classes,
  skipped: [],
  items: Array.from({ length: 24 }, (_, i) => {
    const label = i % classes.length;
    const data = stripes(
      label,
      rng(7)
        .split("image", i)
        .normal(side * side * 3),
    );
    return { id: String(i), label, load: async () => ({ width: side, height: side, channels: 3, data }) };
  }),
};

async function trained<Batch extends tf.TensorContainer>(
  name: string,
  module: Module,
  { loss, batches, steps }: Pick<FitOptions<Batch>, "loss" | "batches"> & { readonly steps: number },
): Promise<Training> {
  const before = tf.memory().numTensors;
  const start = performance.now();
  const history = await fit({
    module,
    loss,
    batches,
    steps,
    optimizer: adamW(),
    schedule: constant(3e-3),
    leaks: "error",
  });
  const seconds = (performance.now() - start) / 1000;
  const left = tf.memory().numTensors - before;
  module.dispose();
  return { name, seconds, losses: history.steps["loss"]!, left };
}

function multiView(): Promise<Training> {
  const model = mvHfmd(convNet({ channels: [16, 32] }), {
    classes: classes.length,
    imageSize: [side, side],
    dim: 32,
    depth: 2,
    heads: 4,
  });
  const sampler = collectionSampler({ labels: labelsOf(set), views: 2, batch: 6, seed: 1 });
  return trained("MV-HFMD", model, {
    batches: collectionBatches({ set, sampler, transform: perView(horizontalFlip()), seed: 1 }),
    loss: ({ images, labels, mask }, ctx) => {
      const { single, fused } = model.forward({ views: images, mask }, ctx, ["single", "fused"]);
      return mvHfmdLoss({ single, fused }, labels, { mask });
    },
    steps: 4,
  });
}

function fineGrained(): Promise<Training> {
  const model = fineGrainedClassifier(mcResNet18({ classes: classes.length, width: 8 }), { classes: classes.length });
  const batches: BatchSource<{ images: tf.Tensor4D; labels: tf.Tensor1D }> = {
    stepsPerEpoch: 4,
    batch: async (step) => {
      const items = [0, 1, 2, 3, 4, 5].map((i) => set.items[(6 * step + i) % set.items.length]!);
      const images = toTensor(await Promise.all(items.map((item) => item.load())));
      return { images, labels: tf.tensor1d(labelsOf({ items }), "int32") };
    },
  };
  return trained("MC-Loss", model, {
    batches,
    loss: ({ images, labels }, ctx) => {
      const { maps, logits } = model.outputs(images, ctx);
      const mc = mcLoss(maps, labels, ctx, { classes: classes.length });
      return addLosses({ crossEntropy: crossEntropy(logits, labels), mc });
    },
    steps: 4,
  });
}

const sentences = [
  "bright rows from left to right, with dark rows between them",
  "tall bright columns and tall dark columns",
  "a checkered pattern of small bright and dark squares",
];

/** Finds phrases, and reads them beside the images. */
function bimodal(): Promise<Training> {
  const extract = phraseExtractor(winkTagger());
  const vocabulary = vocabularyOf(sentences.flatMap(extract), { minCount: 1 });
  const items = set.items.map((item) => ({ ...item, captions: async () => [sentences[item.label]!] }));
  const reader = lstmPhraseEncoder({ size: vocabulary.size, embedding: 8, hidden: 16 });
  const model = bimodalPma(convNet({ channels: [8, 16, 32] }), reader, { classes: classes.length, finalDim: 32 });
  return trained("PMA", model, {
    batches: imageTextBatches({
      ...{ set: { ...set, items }, batch: 6, mirror: "unless-sided", seed: 1 },
      encode: (texts) => texts.flatMap(extract).map(vocabulary.idsOf),
    }),
    loss: ({ images, labels, words }, ctx) => crossEntropy(model.forward(images, words, ctx), labels),
    steps: 4,
  });
}

/** A few steps of each, one after the other, on the engine at hand. */
export const trainings = async (): Promise<readonly Training[]> => [
  await multiView(),
  await fineGrained(),
  await bimodal(),
];
