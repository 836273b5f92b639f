import { l2Normalize, matchShapes, requireCounts, requireOneOf } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { classHits, IGNORE, requireLabelMap, requirePixels } from "./label-map.js";
import { labelsAt } from "./labels-at.js";
import { pixelsOf, SCOPES, type PixelScope } from "./scope.js";

/** The classes of some images as their features tell them apart: what `classPrototypes` makes. */
export interface ClassPrototypes {
  /** One vector of length 1 for each class, zeros for an absent class, [scope, classes, dim]. */
  readonly prototypes: tf.Tensor3D;
  /** 1 for each class with a pixel, else 0, [scope, classes]. */
  readonly present: tf.Tensor2D;
  /** The cosine between each pixel and each prototype, 0 for an absent class, [batch, rows, columns, classes]. */
  readonly cosines: tf.Tensor4D;
}

/** Options of `classPrototypes`. */
export interface ClassPrototypesOptions {
  /** Number of classes. */
  readonly classes: number;
  /**
   * "image": each image has prototypes of its own, as in the paper; "batch": all images share them, as in the authors'
   * code. Default "image".
   */
  readonly scope?: PixelScope;
  /** Pixels with this label belong to no prototype. Default 255. */
  readonly ignore?: number;
}

/**
 * The adaptive perspective of Adaptive Perspective Distillation (APD): the mean direction of each class's pixels, used
 * as a classifier of the same pixels.
 *
 *     u_n = features_n / ‖features_n‖
 *     p_c = s_c / ‖s_c‖,   s_c = sum over the pixels n of class c of u_n                  [scope, classes, dim]
 *     a_nc = < u_n, p_c >, in [-1, 1]                                                   [batch, rows, columns, classes]
 *
 * So each pixel counts the same, however long its vector is. A vector of zeros stays zeros. With `scope: "image"`,
 * scope is the axis of the images, and a pixel is compared with the prototypes of its own image; with "batch" its size
 * is 1. Gradients go through the means, too.
 *
 * Labels of another size than the features are taken at the features' pixels, as by `labelsAt`: a class that this loses
 * is absent. An ignored pixel changes no prototype, but has cosines.
 *
 * The features are those before a network's classifier, after a projection of its own for the student and for the
 * teacher. With gradients it holds about 20 arrays of the size of the features, and no array of pixels · pixels.
 *
 * Ref: Tian et al. 2022 (APD), IEEE TPAMI 45(2):1372-1387; code: dvlab-research/APD. That code takes the labels of the
 * nearest pixels by another grid, up to 7 pixels beside the features.
 * @param features - finite, [batch, rows, columns, dim]
 * @param labels - int32 in 0 … classes - 1, or `ignore`, [batch, height, width]
 * @throws TypeError for labels that are not int32
 * @throws RangeError for an empty batch, a label that is no class, or an option out of range
 */
export function classPrototypes(
  features: tf.Tensor4D,
  labels: tf.Tensor3D,
  { classes, scope = "image", ignore = IGNORE }: ClassPrototypesOptions,
): ClassPrototypes {
  const { batch, rows, columns } = matchShapes(
    "classPrototypes",
    { features: "batch rows columns dim", labels: "batch height width" },
    { features, labels },
  );
  requireCounts("classPrototypes", { classes });
  requireOneOf("classPrototypes", { scope }, SCOPES);
  requirePixels("classPrototypes", { features });
  requireLabelMap("classPrototypes", labels, classes, ignore);
  return tf.tidy(() => {
    const u = l2Normalize(pixelsOf<tf.Tensor3D>(features, scope)); // [scope, pixels, dim]
    const y = pixelsOf<tf.Tensor2D>(labelsAt(labels, rows, columns), scope);
    const hits = classHits<tf.Tensor3D>(y, classes, ignore); // [scope, pixels, classes]
    const prototypes = l2Normalize<tf.Tensor3D>(tf.matMul(hits, u, true, false)); // [scope, classes, dim]
    const cosines = tf.matMul<tf.Tensor3D>(u, prototypes, false, true); // [scope, pixels, classes]
    return {
      prototypes,
      present: tf.max<tf.Tensor2D>(hits, 1),
      cosines: tf.reshape<tf.Rank.R4>(cosines, [batch, rows, columns, classes]),
    };
  });
}
