import {
  conv2d,
  inferenceContext,
  joinModules,
  matchShapes,
  requireCounts,
  requireOneOf,
  scope,
  stageOf,
  subSeed,
  type Context,
  type ImageEncoder,
  type Module,
} from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Decoder } from "./decoders/decoder.js";
import { fcnDecoder } from "./decoders/fcn-decoder.js";
import { fittingSide, requireFit, type Alignment } from "./fit.js";

/** The configuration of `segmenter`. */
export interface SegmenterConfig {
  /** Number of classes. */
  readonly classes: number;
  /** Name of the encoder's stage whose map the decoder reads. Default: the last stage. */
  readonly stage?: string | undefined;
  /**
   * Name of the stage whose map the auxiliary head reads, such as `layer3`: an `fcnDecoder` and a classifier, which
   * only training uses. Default: no auxiliary head.
   */
  readonly auxiliary?: string | undefined;
  /** How cells lie on pixels: "corners" as in PSPNet, "centers" as in torchvision. Default "corners". */
  readonly align?: Alignment | undefined;
  /**
   * What happens to images whose sides do not fit the stride: "none" refuses them with an error that names the padding,
   * "zeros" pads them with zeros below and on the right; `upsample` crops that off again. Default "none".
   */
  readonly padding?: "none" | "zeros" | undefined;
  /** Seed of the initial weights of the classifiers. Default 0. */
  readonly seed?: number | undefined;
}

/** What a segmenter computes, for each cell of the map, of the padded images if they were padded. */
export type SegmenterOutputs = {
  /** What the classifier reads, [batch, rows, columns, dim]. In training with dropout. */
  readonly features: tf.Tensor4D;
  /** [batch, rows, columns, classes] */
  readonly logits: tf.Tensor4D;
  /** The logits of the auxiliary head, in training, if there is one, [batch, ~rows, ~columns, classes]. */
  readonly auxiliary?: tf.Tensor4D;
};

/** A network that tells the class of each pixel of an image. */
export interface Segmenter extends Module {
  /** Number of classes. */
  readonly classes: number;
  /** Channels of the features. */
  readonly dim: number;
  /** Pixels per cell of the map, along each axis. */
  readonly stride: number;
  /**
   * @param images - [batch, height, width, channels]
   * @throws RangeError for images whose sides do not fit the stride, unless they are padded
   */
  forward(images: tf.Tensor4D, ctx: Context): SegmenterOutputs;
  /**
   * The map of cells, such as logits, at the pixels of the images it was computed from: bilinear, and cropped if they
   * were padded.
   *
   * @param map - [batch, rows, columns, channels]
   * @param size - height and width of the images
   * @returns [batch, height, width, channels]
   */
  upsample(map: tf.Tensor4D, size: readonly [number, number]): tf.Tensor4D;
}

/**
 * An encoder, a decoder, and a linear classifier of every cell:
 *
 *     features = decoder(map of the encoder)
 *     logits   = features · weight + bias
 *
 * Weights have torchvision's names: `backbone.…` of the encoder, `classifier.…` of the decoder, `classifier.4.weight`
 * and `classifier.4.bias` of the classifier, and `aux_classifier.…` of the auxiliary head, so that the weights of its
 * `deeplabv3_resnet50` and `fcn_resnet50` fit. The segmenter owns encoder and decoder: `dispose` disposes them, too.
 *
 * Use encoders whose stride is 8 or 16, such as `resNet({ depth: 50, outputStride: 8 })`.
 *
 * @throws RangeError for no classes, an unknown stage, or a decoder for other channels than the stage has
 */
export function segmenter(encoder: ImageEncoder, decoder: Decoder, config: SegmenterConfig): Segmenter {
  const { classes, stage, auxiliary, align = "corners", padding = "none", seed = 0 } = config;
  requireCounts("segmenter", { classes });
  requireOneOf("segmenter", { align }, ["corners", "centers"]);
  requireOneOf("segmenter", { padding }, ["none", "zeros"]);
  const { name, channels, stride } =
    stage === undefined ? encoder.stages.at(-1)! : stageOf(encoder, stage, "segmenter");
  if (decoder.in !== channels)
    throw new RangeError(
      `segmenter: expected a decoder for the ${channels} channels of \`${name}\`, got one for ${decoder.in}.`,
    );
  const classifier = classifierOf(decoder.dim, classes, subSeed(seed, "classifier"));
  const aux =
    auxiliary === undefined ? undefined : auxiliaryHead(encoder, auxiliary, classes, subSeed(seed, "auxiliary"));
  const parts = { backbone: encoder, classifier: decoder, "classifier.4": classifier };
  const auxParts = aux && { aux_classifier: aux.decoder, "aux_classifier.4": aux.classifier };

  const fitted = (shape: readonly number[]): [number, number] => {
    const size: [number, number] = [fittingSide(shape[1]!, stride, align), fittingSide(shape[2]!, stride, align)];
    if (padding === "none") requireFit(shape, size, stride, align);
    return size;
  };

  return {
    ...joinModules({ ...parts, ...auxParts }),
    classes,
    dim: decoder.dim,
    stride,
    forward: (images, ctx) =>
      tf.tidy(() => {
        matchShapes("segmenter", { images: `batch height width ${encoder.inChannels}` }, { images });
        const padded = padTo(images, fitted(images.shape));
        const wantsAux = aux !== undefined && ctx.training;
        const take = wantsAux ? [name, aux.stage] : [name];
        const [map, shallow] = encoder.maps(padded, scope(ctx, "backbone"), { take }) as [tf.Tensor4D, tf.Tensor4D?];
        const features = decoder.forward(map, scope(ctx, "classifier")) as tf.Tensor4D;
        const logits = classifier.forward(features, ctx) as tf.Tensor4D;
        if (!wantsAux) return { features, logits };
        const auxFeatures = aux.decoder.forward(shallow!, scope(ctx, "aux_classifier"));
        return { features, logits, auxiliary: aux.classifier.forward(auxFeatures, ctx) as tf.Tensor4D };
      }),
    upsample: (map, size) =>
      tf.tidy(() => {
        const { batch, channels } = matchShapes("segmenter.upsample", { map: "batch rows columns channels" }, { map });
        const [height, width] = size;
        const large = fitted([batch, height, width, channels]);
        const pixels = tf.image.resizeBilinear(map, large, align === "corners", align === "centers");
        return large[0] === height && large[1] === width
          ? pixels
          : tf.slice(pixels, 0, [batch, height, width, channels]);
      }),
  };
}

const classifierOf = (input: number, classes: number, seed: number) =>
  conv2d({ in: input, out: classes, kernel: 1, padding: 0, seed });

function auxiliaryHead(encoder: ImageEncoder, stage: string, classes: number, seed: number) {
  const decoder = fcnDecoder({ in: stageOf(encoder, stage, "segmenter").channels, seed: subSeed(seed, "decoder") });
  return { stage, decoder, classifier: classifierOf(decoder.dim, classes, subSeed(seed, "classifier")) };
}

function padTo(images: tf.Tensor4D, [height, width]: readonly [number, number]): tf.Tensor4D {
  const [rows, columns] = [height - images.shape[1], width - images.shape[2]];
  return rows === 0 && columns === 0 ? images : tf.pad(images, [[0, 0], [0, rows], [0, columns], [0, 0]]); // prettier-ignore
}

/**
 * The logits of each pixel of images.
 *
 * @param images - [batch, height, width, channels]
 * @param ctx - default: inference
 * @returns [batch, height, width, classes]
 */
export const pixelLogits = (model: Segmenter, images: tf.Tensor4D, ctx: Context = inferenceContext()): tf.Tensor4D =>
  tf.tidy(() => model.upsample(model.forward(images, ctx).logits, [images.shape[1], images.shape[2]]));
