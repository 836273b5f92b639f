import * as tf from "@tensorflow/tfjs-core";
import { resNet } from "@fovea/backbones";
import {
  adaptiveKL,
  channelDistillation,
  classPrototypes,
  intraClassDistillation,
  pairwiseDistillation,
  pixelCrossEntropy,
  pixelDistillation,
  prototypeAlignment,
  prototypeCrossEntropy,
  resizeLogits,
} from "@fovea/losses";
import { adaptivePerspectiveDistillation } from "@fovea/models";
import type { Context } from "@fovea/nn";
import { asppDecoder, fcnDecoder, pixelLogits, pspDecoder, segmenter, type Decoder } from "@fovea/segmentation";
import type { Case, Size, Subject } from "./case.js";
import { features, labelMaps, randomImages } from "./inputs.js";

const STRIDE = 8;
const sizesOf = ({ tiny }: Pick<Size, "tiny">) =>
  tiny ? { classes: 5, dim: 7, cells: 5 } : { classes: 21, dim: 512, cells: 17 };
const sideOf = (cells: number) => STRIDE * (cells - 1) + 1;

/** What is between an encoder and the classifier, on the maps that a ResNet-18 makes of 129² pixels at stride 8. */
export const decoders: readonly Case[] = [
  decoder("psp", (size) => pspDecoder({ ...size, dropout: 0 })),
  decoder("aspp", (size) => asppDecoder({ ...size, rates: [12, 24, 36], dropout: 0 })),
  decoder("fcn", (size) => fcnDecoder({ ...size, dropout: 0 })),
];

/**
 * What a student learns from labels and from a teacher, as a training step has it: features and logits of cells, labels
 * of pixels.
 */
export const pixelLosses: readonly Case[] = [
  pixelLoss("pixel-cross-entropy", ({ student, labels, side }) =>
    pixelCrossEntropy(resizeLogits(student.logits, side, side), labels),
  ),
  // a quarter of the pixels are kept at least
  pixelLoss("pixel-ohem", ({ student, labels, side }) =>
    pixelCrossEntropy(resizeLogits(student.logits, side, side), labels, { ohem: { minKept: (side * side) >> 2 } }),
  ),
  pixelLoss("pixel-kd", ({ student, teacher, side }) =>
    pixelDistillation(resizeLogits(student.logits, side, side), resizeLogits(teacher.logits, side, side)),
  ),
  pixelLoss("channel-kd", ({ student, teacher }) => channelDistillation(student.logits, teacher.logits)),
  pixelLoss("pairwise-kd", ({ student, teacher }) => pairwiseDistillation(student.features, teacher.features)),
  pixelLoss("intra-class-kd", ({ student, teacher, labels, classes }) =>
    intraClassDistillation(student.features, teacher.features, labels, { classes }),
  ),
  pixelLoss("adaptive-kd", ({ student, teacher, labels, classes }) => {
    const [seen, taught] = [student, teacher].map((maps) => classPrototypes(maps.features, labels, { classes }));
    const both = tf.add(adaptiveKL(seen!, taught!), prototypeAlignment(seen!, taught!));
    return tf.add(both, prototypeCrossEntropy(taught!, labels));
  }),
];

const model = { batch: 4, image: { full: 129, tiny: 33 }, multiView: false };

/** PSPNet on a ResNet-18 under cross-entropy, and a step of APD, which a ResNet-50 teaches it. */
export const segmenters: readonly Case[] = [
  { name: "model/psp-resnet-18", ...model, peer: true, make: psp },
  { name: "model/apd-psp-resnet-18", ...model, make: distilled },
];

function decoder(name: string, make: (size: { in: number; dim: number; seed: number }) => Decoder): Case {
  return {
    name: `layer/${name}-decoder`,
    batch: 4,
    image: null,
    multiView: false,
    make(size) {
      const { batch, seed } = size;
      const { dim, cells } = sizesOf(size);
      const module = make({ in: dim, dim, seed });
      const map = features([batch, cells, cells, dim], seed);
      const forward = (ctx: Context) => module.forward(map, ctx);
      return {
        ...{ params: module.params, inputs: { map }, forward },
        loss: (ctx) => tf.tidy(() => tf.mean(tf.square(forward(ctx)))),
        dispose: () => [module, map].forEach((part) => part.dispose()),
      };
    },
  };
}

interface Maps {
  /** [batch, rows, columns, dim] */
  readonly features: tf.Variable<tf.Rank.R4>;
  /** [batch, rows, columns, classes] */
  readonly logits: tf.Variable<tf.Rank.R4>;
}

interface Taught {
  readonly student: Maps;
  readonly teacher: Maps;
  /** int32, [batch, side, side] */
  readonly labels: tf.Tensor3D;
  readonly side: number;
  readonly classes: number;
}

function pixelLoss(name: string, compute: (taught: Taught) => tf.Scalar): Case {
  return {
    name: `loss/${name}`,
    batch: 4,
    image: null,
    multiView: false,
    make(size) {
      const { batch, seed } = size;
      const { classes, dim, cells } = sizesOf(size);
      const map = (channels: number, name: string) =>
        features([batch, cells, cells, channels], seed, name) as tf.Variable<tf.Rank.R4>;
      const maps = (of: string) => ({ features: map(dim, `${of} features`), logits: map(classes, `${of} logits`) });
      const [student, teacher, side] = [maps("student"), maps("teacher"), sideOf(cells)];
      const labels = labelMaps([batch, side, side], classes, seed);
      const value = () => tf.tidy(() => compute({ student, teacher, labels, side, classes }));
      return {
        ...{ params: {}, inputs: { ...student }, data: { labels, ...teacher }, forward: value, loss: value },
        dispose: () => tf.dispose([student, teacher, labels] as unknown as tf.TensorContainer),
      };
    },
  };
}

/** PyTorch would drop other channels: nothing is dropped. */
function pspOf(depth: 18 | 50, { tiny, seed }: Size, auxiliary?: string) {
  const encoder = resNet({ depth, width: tiny ? 4 : 64, outputStride: STRIDE, seed });
  const head = pspDecoder({ in: encoder.dim, dim: tiny ? 8 : 512, dropout: 0, seed });
  return segmenter(encoder, head, { classes: sizesOf({ tiny }).classes, auxiliary, seed });
}

function inputsOf({ batch, image, seed, tiny }: Size) {
  const images = randomImages([batch, image, image, 3], seed) as tf.Tensor4D;
  return { images, labels: labelMaps([batch, image, image], sizesOf({ tiny }).classes, seed) };
}

function psp(size: Size): Subject {
  const [module, data] = [pspOf(18, size), inputsOf(size)];
  const forward = (ctx: Context) => pixelLogits(module, data.images, ctx);
  return {
    ...{ params: module.params, inputs: {}, data, forward },
    loss: (ctx) => tf.tidy(() => pixelCrossEntropy(forward(ctx), data.labels)),
    dispose: () => [module, data.images, data.labels].forEach((part) => part.dispose()),
  };
}

function distilled(size: Size): Subject {
  const [teacher, student, data] = [pspOf(50, size), pspOf(18, size), inputsOf(size)];
  const apd = adaptivePerspectiveDistillation(teacher, student, { seed: size.seed });
  return {
    ...{ params: apd.params, inputs: {}, data },
    forward: (ctx) => pixelLogits(student, data.images, ctx),
    loss: (ctx) => tf.tidy(() => apd.loss(data.images, data.labels, ctx).total),
    dispose: () => [apd, student, teacher, data.images, data.labels].forEach((part) => part.dispose()),
  };
}
