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
  type Stage,
} from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Decoder } from "./decoders/decoder.js";
import { fcnDecoder } from "./decoders/fcn-decoder.js";
import { imageFit, type Alignment, type ImagePadding } from "./image-fit.js";

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
  readonly padding?: ImagePadding | undefined;
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
  const { name, stride } = requireStage(encoder, decoder, stage);
  const early = auxiliary === undefined ? undefined : stageOf(encoder, auxiliary, "segmenter");
  const main = headOf(decoder, classes, subSeed(seed, "classifier"));
  const aux = early && auxiliaryHead(early.channels, classes, subSeed(seed, "auxiliary"));
  const { pad, upsample } = imageFit(stride, align, padding);

  function forward(images: tf.Tensor4D, ctx: Context): SegmenterOutputs {
    matchShapes("segmenter", { images: `batch height width ${encoder.inChannels}` }, { images });
    const wantsAux = early !== undefined && ctx.training;
    const take = wantsAux ? [name, early.name] : [name];
    const [map, shallow] = encoder.maps(pad(images), scope(ctx, "backbone"), { take });
    const outputs = main.outputs(map!, scope(ctx, "classifier"));
    if (!wantsAux) return outputs;
    return { ...outputs, auxiliary: aux!.outputs(shallow!, scope(ctx, "aux_classifier")).logits };
  }

  return {
    ...joinModules({ backbone: encoder, classifier: main, aux_classifier: aux }),
    classes,
    dim: decoder.dim,
    stride,
    forward: (images, ctx) => tf.tidy(() => forward(images, ctx)),
    upsample,
  };
}

/** The stage that the decoder reads. */
function requireStage(encoder: ImageEncoder, decoder: Decoder, name: string | undefined): Stage {
  const stage = name === undefined ? encoder.stages.at(-1)! : stageOf(encoder, name, "segmenter");
  if (decoder.in !== stage.channels)
    throw new RangeError(
      `segmenter: expected a decoder for the ${stage.channels} channels of \`${stage.name}\`, got one for ${decoder.in}.`,
    );
  return stage;
}

/** A decoder, and a classifier of its features, which comes fifth in all heads of torchvision. */
function headOf(decoder: Decoder, classes: number, seed: number) {
  const classifier = conv2d({ in: decoder.dim, out: classes, kernel: 1, padding: 0, seed });
  return {
    ...joinModules({ "": decoder, 4: classifier }),
    outputs(map: tf.Tensor4D, ctx: Context) {
      const features = decoder.forward(map, ctx) as tf.Tensor4D;
      return { features, logits: classifier.forward(features, scope(ctx, "4")) as tf.Tensor4D };
    },
  };
}

function auxiliaryHead(channels: number, classes: number, seed: number) {
  return headOf(fcnDecoder({ in: channels, seed: subSeed(seed, "decoder") }), classes, subSeed(seed, "classifier"));
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
