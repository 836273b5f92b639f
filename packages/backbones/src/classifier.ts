import * as tf from "@tensorflow/tfjs-core";
import { linear, mergeWeights, requireCounts, subSeed, type Context, type ImageEncoder, type Module } from "@fovea/nn";

/** The configuration of `classifier`. */
export interface ClassifierConfig {
  /** Number of classes. */
  readonly classes: number;
  /**
   * Names of the weights of the linear layer. Default: torchvision's, `fc.weight` and `fc.bias`. Keras' are
   * `predictions/kernel` and `predictions/bias`.
   */
  readonly keys?: { readonly weight: string; readonly bias: string } | undefined;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number | undefined;
}

/** A network from images to logits. */
export interface Classifier extends Module {
  /** @param images - [batch, height, width, channels]  @returns logits [batch, classes] */
  forward(images: tf.Tensor4D, ctx: Context): tf.Tensor2D;
}

const TORCHVISION = { weight: "fc.weight", bias: "fc.bias" };

/**
 * An encoder with a linear classifier on its vector: logits = vector(images) · weight + bias. The weights of the
 * encoder keep their names. The classifier owns the encoder: `dispose` disposes it, too.
 *
 * @throws RangeError if `classes` is below 1, or one of `keys` is a name in the encoder
 */
export function classifier(
  encoder: ImageEncoder,
  { classes, keys = TORCHVISION, seed = 0 }: ClassifierConfig,
): Classifier {
  requireCounts("classifier", { classes });
  const head = linear({ in: encoder.dim, out: classes, seed: subSeed(seed, "classifier") });
  return {
    ...mergeWeights("classifier", [
      encoder,
      { params: { [keys.weight]: head.params["weight"]! } },
      { params: { [keys.bias]: head.params["bias"]! } },
    ]),
    dispose: () => [encoder, head].forEach((part) => part.dispose()),
    forward: (images, ctx) => tf.tidy(() => head.forward(encoder.vector(images, ctx), ctx) as tf.Tensor2D),
  };
}
