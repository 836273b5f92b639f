import { withoutGradient } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { safeDivisor } from "../weighted-mean.js";
import { overlapLoss, type OverlapOptions, type Regions } from "./overlap-loss.js";

/**
 * Lovász-softmax: a convex bound of 1 - IoU of each class that can be trained, the Lovász extension of the Jaccard
 * loss. It follows the metric of segmentation more closely than a cross-entropy; add it to one, or fine-tune with it.
 *
 *     m_nc = |t_nc - p_nc|,   p_n = softmax(z_n),   t_nc = 1 where pixel n is of class c, else 0
 *     loss = mean over the classes with a pixel of sum_i( m_(i)c (Δ_c(i) - Δ_c(i - 1)) )
 *     Δ_c(i) = 1 - IoU of class c if exactly the i pixels with the largest m are wrong
 *
 * The pixels are those of an image, and the loss is the mean over the images that have a class; or, with `scope:
 * "batch"`, those of all images, which is the default of the authors' code (`per_image=False`) and closer to the IoU of
 * a whole set. Ignored pixels take no part, and may hold any numbers, even NaN. If everything is ignored, the loss is 0
 * with a gradient of 0. Classes without a pixel do not count, `classes="present"` in that code.
 *
 * The factors of m are constant for the gradient, which is that of the extension wherever it has one. They are computed
 * without differences of close numbers. Every class sorts all pixels, which is slow on large maps. With its gradient it
 * holds about 50 arrays of the size of the logits. `labelsAt` makes labels fit smaller logits.
 *
 * Ref: Berman, Rannen Triki and Blaschko 2018, arXiv:1705.08790, equations 8 to 11 and algorithm 1.
 * @param logits - [batch, height, width, classes]
 * @param labels - int32 in 0 … classes - 1, or `ignore`, [batch, height, width]
 * @returns scalar, []
 * @throws TypeError for labels that are not int32
 * @throws RangeError for logits of another size, an empty batch, a label that is no class, or an unknown scope
 */
export const lovaszSoftmax = (logits: tf.Tensor4D, labels: tf.Tensor3D, options: OverlapOptions = {}): tf.Scalar =>
  overlapLoss("lovaszSoftmax", logits, labels, options, (regions) => {
    const pixelsLast = (x: tf.Tensor3D) => tf.transpose(x, [0, 2, 1]);
    const hits = pixelsLast(regions.hits); // [scope, classes, pixels]
    const errors = tf.abs(tf.sub(hits, pixelsLast(regions.probabilities))); // m
    const factors = withoutGradient(errors, (m) => jaccardSteps(m, hits, pixelsLast(regions.kept)));
    return tf.sum(tf.mul(errors, factors), 2);
  });

/**
 * Δ(i) - Δ(i - 1) for each pixel, where i is its place when the errors are sorted; 0 for ignored pixels. With I the
 * pixels of the class that are still right, and U = |class| + the pixels of others so far, IoU = I / U. Another pixel
 * of the class adds 1 / U to Δ, another pixel of others I / U / (U - 1).
 */
function jaccardSteps(errors: tf.Tensor, hits: tf.Tensor, kept: Regions["kept"]): tf.Tensor {
  const [scopes, classes, pixels] = errors.shape as [number, number, number];
  const rows = scopes * classes;
  const order = flatIndices(tf.topk(tf.reshape(errors, [rows, pixels]), pixels).indices); // [rows · pixels]
  const sorted = (x: tf.Tensor) => tf.reshape(tf.gather(tf.reshape(x, [-1]), order), [rows, pixels]);
  const own = sorted(hits);
  const other = sorted(tf.sub(kept, hits)); // neither own nor other: ignored
  const size = tf.sum(own, 1, true); // [rows, 1]
  const right = tf.sub(size, tf.cumsum(own, 1)); // I
  const union = safeDivisor(tf.add(size, tf.cumsum(other, 1))); // U
  const before = safeDivisor(tf.sub(union, 1));
  const steps = tf.div(tf.add(own, tf.div(tf.mul(other, right), before)), union);
  const places = tf.expandDims(order, 1) as tf.Tensor2D;
  return tf.reshape(tf.scatterND(places, tf.reshape(steps, [-1]), [rows * pixels]), errors.shape);
}

/** Indices along the rows of [rows, pixels] as indices of all its numbers in a row, [rows · pixels]. */
function flatIndices(indices: tf.Tensor): tf.Tensor1D {
  const [rows, pixels] = indices.shape as [number, number];
  const starts = tf.tensor2d(
    Int32Array.from({ length: rows }, (_, i) => i * pixels),
    [rows, 1],
  );
  return tf.reshape(tf.add(indices, starts), [rows * pixels]);
}
