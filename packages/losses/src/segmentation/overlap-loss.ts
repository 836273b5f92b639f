import { requireOneOf } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { maskRows } from "../weighted-mean.js";
import { classHits, IGNORE, labelled, requireLabelledLogits } from "./label-map.js";
import { meanOverScopes, pixelsOf, SCOPES, type PixelScope } from "./scope.js";

/** Options of `diceLoss`, `tverskyLoss` and `lovaszSoftmax`. */
export interface OverlapOptions {
  /**
   * "image": a class is compared in each image alone, and the loss is the mean over the images; "batch": in all images
   * together. Default "image".
   */
  readonly scope?: PixelScope;
  /** Pixels with this label are ignored. Default 255. */
  readonly ignore?: number;
}

/** What an overlap of regions is computed from; ignored pixels have zeros everywhere. */
export interface Regions {
  /** softmax of the logits, [scope, pixels, classes]. */
  readonly probabilities: tf.Tensor3D;
  /** 1 for the class of a pixel, else 0, [scope, pixels, classes]. */
  readonly hits: tf.Tensor3D;
  /** 1 where a pixel is not ignored, else 0, [scope, pixels, 1]. */
  readonly kept: tf.Tensor3D;
}

/**
 * The mean of a loss of each class over the classes with a pixel, and over the scopes with a class; 0 if there are
 * none.
 *
 * @param lossOf - [scope, classes] from the regions; whatever for classes without a pixel
 */
export function overlapLoss(
  who: string,
  logits: tf.Tensor4D,
  labels: tf.Tensor3D,
  { scope = "image", ignore = IGNORE }: OverlapOptions,
  lossOf: (regions: Regions) => tf.Tensor,
): tf.Scalar {
  requireLabelledLogits(who, logits, labels, ignore);
  requireOneOf(who, { scope }, SCOPES);
  return tf.tidy(() => {
    const y = pixelsOf<tf.Tensor2D>(labels, scope);
    const kept = labelled(y, ignore);
    const probabilities = keptProbabilities(pixelsOf(logits, scope), kept);
    const hits = classHits<tf.Tensor3D>(y, logits.shape[3], ignore);
    const present = tf.max(hits, 1); // [scope, classes]
    const losses = lossOf({ probabilities, hits, kept: tf.expandDims<tf.Tensor3D>(kept, -1) });
    return meanOverScopes(tf.sum(tf.mul(losses, present), 1), tf.sum(present, 1));
  });
}

/** softmax(z) where a pixel is kept, else zeros, with a gradient that holds nothing but this. */
function keptProbabilities(logits: tf.Tensor3D, kept: tf.Tensor2D): tf.Tensor3D {
  return tf.customGrad((...args) => {
    const [z, mask, save] = args as unknown as [tf.Tensor3D, tf.Tensor2D, tf.GradSaveFunc];
    const value = tf.mul(tf.softmax(maskRows(z, mask)), tf.expandDims(mask, -1));
    save([value]);
    const gradFunc = (dy: tf.Tensor, [p]: tf.Tensor[]) => [
      tf.mul(p!, tf.sub(dy, tf.sum(tf.mul(dy, p!), -1, true))),
      tf.zeros(mask.shape),
    ];
    return { value, gradFunc };
  })(logits, kept) as tf.Tensor3D;
}
