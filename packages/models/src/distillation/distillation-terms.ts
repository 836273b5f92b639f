import {
  adaptiveKL,
  channelDistillation,
  intraClassDistillation,
  pairwiseDistillation,
  pixelCrossEntropy,
  pixelDistillation,
  prototypeAlignment,
  prototypeCrossEntropy,
} from "@fovea/losses";
import type * as tf from "@tensorflow/tfjs-core";
import type { DistillationWeights, ResolvedDistillation } from "./distillation-config.js";
import { requireCover, type DistillationMaps, type DistillationParts } from "./distillation-maps.js";

/** A term of the loss; undefined if the student has nothing to compute it of. */
type Term = (maps: DistillationMaps, parts: DistillationParts) => tf.Scalar | undefined;

const divergence = ({ labels }: DistillationMaps, { reduction, ignoreInKL, ignore }: ResolvedDistillation) => ({
  reduction,
  ignore,
  ...(ignoreInKL && { labels }),
});

/** Every term, by the name of its weight. */
export const TERMS: Readonly<Record<keyof DistillationWeights, Term>> = {
  crossEntropy: ({ pixels, labels }, { config: { ignore } }) => pixelCrossEntropy(pixels(), labels, { ignore }),
  auxiliary: ({ student: { auxiliary }, labels }, { student, config: { ignore } }) =>
    auxiliary && pixelCrossEntropy(student.upsample(auxiliary, [labels.shape[1], labels.shape[2]]), labels, { ignore }),
  pixel: (maps, { config }) =>
    pixelDistillation(maps.pixels(), maps.teacherPixels(), {
      temperature: config.temperature,
      ...divergence(maps, config),
    }),
  adaptive: (maps, { config }) => {
    const { student, teacher } = maps.prototypes();
    return adaptiveKL(student, teacher, { scale: config.scale, ...divergence(maps, config) });
  },
  alignment: ({ prototypes }) => prototypeAlignment(prototypes().student, prototypes().teacher),
  projection: ({ prototypes, labels }, { config: { scale, absent, ignore } }) =>
    prototypeCrossEntropy(prototypes().teacher, labels, { scale, absent, ignore }),
  channel: ({ student, teacher }, { config }) =>
    channelDistillation(student.logits, teacher().logits, { temperature: config.channelTemperature }),
  pairwise: ({ student, teacher }) => pairwiseDistillation(student.features, teacher().features),
  intraClass: ({ student, teacher, labels }, { student: { classes, stride }, config: { scope, ignore } }) => {
    requireCover(student.features, labels, stride);
    return intraClassDistillation(student.features, teacher().features, labels, { classes, scope, ignore });
  },
};
