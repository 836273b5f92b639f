import {
  globalAveragePool,
  joinModules,
  linear,
  matchShapes,
  requireCounts,
  scope,
  subSeed,
  type Context,
  type ImageEncoder,
  type Layer,
  type Module,
} from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/** What `fineGrainedClassifier` is made from. Plain JSON. */
export interface FineGrainedConfig {
  /** The number of classes, at least 2. */
  readonly classes: number;
  /** Seed of the initial weights of the default head. Default 0. */
  readonly seed?: number;
}

/** Where in the encoder a forward pass starts. */
export interface StartOptions {
  /** The stage whose map the input is, such as a kept map of a frozen trunk. Default: the input is images. */
  readonly from?: string;
}

/** Maps images to class scores, and to the feature map that a fine-grained loss needs. */
export interface FineGrainedClassifier extends Module {
  readonly encoder: ImageEncoder;
  /**
   * @param x - images, or the map of stage `from`, [batch, height, width, channels]  @returns logits [batch, classes]
   */
  forward(x: tf.Tensor4D, ctx: Context, options?: StartOptions): tf.Tensor2D;
  /** The encoder's last map beside the logits: the inputs of losses. Only training needs it. */
  outputs(x: tf.Tensor4D, ctx: Context, options?: StartOptions): FineGrainedOutputs;
}

/** The inputs of fine-grained losses. */
export interface FineGrainedOutputs {
  /** [batch, height, width, channels] */
  readonly maps: tf.Tensor4D;
  /** [batch, classes] */
  readonly logits: tf.Tensor2D;
}

/**
 * A classifier of images whose last map is shown to the losses that train it: any encoder, any head, any loss. Losses
 * live outside, so that nothing of them is left at inference:
 *
 *     const { maps, logits } = model.outputs(images, ctx);
 *     addLosses({ crossEntropy: crossEntropy(logits, labels), mc: mcLoss(maps, labels, ctx, { classes }) })
 *
 * It is also the student of PMA, which needs no text: train it with `softLabelDistillation` of `@fovea/losses` on the
 * logits that a `bimodalPma` gives for the same images, augmented in the same way.
 *
 * The encoder keeps the names of its weights; the head's are under `head.`. Both are taken over: `dispose` disposes
 * them.
 *
 * Ref: Chang et al. 2020, "The devil is in the channels", arXiv:2002.04264, figure 2.
 * @param head - from the encoder's last map to logits. Default: one linear layer on the mean of the map
 * @throws RangeError for fewer than 2 classes; from `forward` for a head that gives no logits of `classes`
 */
export function fineGrainedClassifier(
  encoder: ImageEncoder,
  { classes, seed = 0 }: FineGrainedConfig,
  head?: Layer,
): FineGrainedClassifier {
  requireCounts("fineGrainedClassifier", { classes }, 2);
  const top = head ?? linearHead(encoder.dim, classes, seed);
  const outputs: FineGrainedClassifier["outputs"] = (x, ctx, options = {}) =>
    tf.tidy(() => {
      const maps = encoder.maps(x, ctx, options)[0]!;
      const logits = top.forward(maps, scope(ctx, "head")) as tf.Tensor2D;
      matchShapes(
        "fineGrainedClassifier",
        { "head's logits": `${x.shape[0]} ${classes}` },
        { "head's logits": logits },
      );
      return { maps, logits };
    });
  return {
    ...joinModules({ "": encoder, head: top }),
    encoder,
    outputs,
    forward: (x, ctx, options) => tf.tidy(() => outputs(x, ctx, options).logits),
  };
}

function linearHead(dim: number, classes: number, seed: number): Layer {
  const layer = linear({ in: dim, out: classes, seed: subSeed(seed, "head") });
  return { ...layer, forward: (maps, ctx) => tf.tidy(() => layer.forward(globalAveragePool(maps), ctx)) };
}
