import * as tf from "@tensorflow/tfjs-core";
import { requireClassWeights, requireSmoothing } from "../checks.js";
import { uncheckedCrossEntropy } from "../unchecked-cross-entropy.js";
import { hardPixels, requireOhem, type OhemOptions } from "./hard-pixels.js";
import { IGNORE, requireLabelledLogits } from "./label-map.js";

/** Options of `pixelCrossEntropy`. */
export interface PixelCrossEntropyOptions {
  /** Pixels with this label are ignored. Default 255. */
  readonly ignore?: number;
  /** One weight ≥ 0 for each class. Default: all 1. */
  readonly classWeights?: readonly number[];
  /** The part of each target that is spread evenly over all classes, in [0, 1]. Default 0. */
  readonly labelSmoothing?: number;
  /** Online hard example mining: only hard pixels count. `{}` takes its defaults. Default: all pixels count. */
  readonly ohem?: OhemOptions;
}

/**
 * Cross-entropy of each pixel: `crossEntropy` over the pixels of all images that are not ignored.
 *
 *     l_n  = -sum_c( w_c t_nc logSoftmax(z_n)_c )     t: the label of pixel n, smoothed;  w: classWeights
 *     loss = sum_n( k_n l_n ) / sum_n( k_n w_{y_n} ),   k_n: 1 where a pixel counts, else 0
 *
 * So the mean is over the pixels that count, weighted by the weights of their classes, as PyTorch's. If no pixel counts
 * (everything is ignored), the loss is 0 with a gradient of 0. An image that is ignored changes nothing.
 *
 * With `ohem`, pixel n counts if p_n < `threshold`, or if it is one of the images · `minKept` pixels of the batch with
 * the smallest p_n, where p_n = softmax(z_n)_{y_n}, without class weights or smoothing. Of equal pixels all or none are
 * kept. The choice is constant for the gradient. `mmsegmentation` chooses the same pixels, but divides by the number of
 * all pixels, so that its loss is smaller the fewer are hard; HRNet's code divides by those kept, as here, and has
 * `minKept` for a batch.
 *
 * A pixel that is ignored may hold any numbers, even NaN. The labels are read back and checked. With its gradient it
 * holds 17 arrays of the size of the logits at most in an eager step; ONNX Runtime takes up to 28 for a compiled one,
 * 37 with `ohem`.
 *
 * Ref: Shrivastava et al. 2016, arXiv:1604.03540 (online hard example mining); Wu et al. 2016, arXiv:1604.04339
 * (of pixels); Zhao et al. 2017, arXiv:1612.01105 (PSPNet, which adds 0.4 of an auxiliary head's loss).
 * @param logits - [batch, height, width, classes]; `resizeLogits` enlarges smaller ones
 * @param labels - int32 in 0 … classes - 1, or `ignore`, [batch, height, width]
 * @returns scalar, []
 * @throws TypeError for labels that are not int32
 * @throws RangeError for logits of another size, an empty batch, a label that is no class, or an option out of range
 */
export function pixelCrossEntropy(
  logits: tf.Tensor4D,
  labels: tf.Tensor3D,
  { ignore = IGNORE, classWeights, labelSmoothing = 0, ohem }: PixelCrossEntropyOptions = {},
): tf.Scalar {
  requireLabelledLogits("pixelCrossEntropy", logits, labels, ignore);
  const [images, , , classes] = logits.shape;
  requireClassWeights("pixelCrossEntropy", classes, classWeights);
  requireSmoothing("pixelCrossEntropy", labelSmoothing);
  if (ohem) requireOhem("pixelCrossEntropy", ohem);
  return tf.tidy(() => {
    const z = tf.reshape(logits, [-1, classes]) as tf.Tensor2D; // [pixels, classes]
    const y = tf.reshape(labels, [-1]) as tf.Tensor1D;
    return uncheckedCrossEntropy(z, y, {
      ignore,
      labelSmoothing,
      ...(classWeights && { classWeights }),
      ...(ohem && { sampleWeights: hardPixels(z, y, images, { ...ohem, ignore }) }),
    }) as tf.Scalar;
  });
}
