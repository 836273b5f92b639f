import { l2Normalize, matchShapes, requireCounts, requireOneOf, stopGradient } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { classHits, IGNORE, requireLabelMap, requirePixels } from "./label-map.js";
import { labelsAt } from "./labels-at.js";
import { meanOverScopes, pixelsOf, SCOPES, type PixelScope } from "./scope.js";

/** Options of `intraClassDistillation`. */
export interface IntraClassDistillationOptions {
  /** Number of classes. */
  readonly classes: number;
  /** "image": each image has centres of its own, as in the authors' code; "batch": all share them. Default "image". */
  readonly scope?: PixelScope;
  /** Pixels with this label are ignored. Default 255. */
  readonly ignore?: number;
}

/**
 * Intra-class feature variation distillation (IFVD): a pixel that is close to the centre of its class for the teacher
 * should be as close for the student.
 *
 *     m_c = mean over the pixels n of class c of features_n
 *     v_n = cos(features_n, m_{y_n})
 *     loss = mean over the labelled pixels n of (v_n of the student - v_n of the teacher)²
 *
 * With `scope: "image"` the centres are those of an image, and the loss is the mean over the images that have a
 * labelled pixel; over none it is 0. Student and teacher may have different numbers of channels. The teacher gets no
 * gradient. Labels of another size than the features are taken at the features' pixels, as by `labelsAt`. It takes
 * memory of batch · rows · columns · classes.
 *
 * Unlike the centres of `classPrototypes`, these are means of the features as they are: long ones count more. In the
 * authors' code ignored pixels add 0 to the loss and count in its mean, and the nearest labels are those of another
 * grid. That code multiplies the loss by 200.
 *
 * Ref: Wang et al. 2020 (IFVD), "Intra-class feature variation distillation for semantic segmentation", ECCV, section
 * 3.2; code: YukangWang/IFVD.
 * @param student - features, finite, [batch, rows, columns, channels]
 * @param teacher - features, finite, [batch, rows, columns, teacherChannels]
 * @param labels - int32 in 0 … classes - 1, or `ignore`, [batch, height, width]
 * @returns scalar, []
 * @throws TypeError for labels that are not int32
 * @throws RangeError for an empty batch, features of different sizes, a label that is no class, or an option out of
 * range
 */
export function intraClassDistillation(
  student: tf.Tensor4D,
  teacher: tf.Tensor4D,
  labels: tf.Tensor3D,
  { classes, scope = "image", ignore = IGNORE }: IntraClassDistillationOptions,
): tf.Scalar {
  const who = "intraClassDistillation";
  const { rows, columns } = matchShapes(
    who,
    {
      student: "batch rows columns channels",
      teacher: "batch rows columns teacherChannels",
      labels: "batch height width",
    },
    { student, teacher, labels },
  );
  requireCounts(who, { classes });
  requireOneOf(who, { scope }, SCOPES);
  requirePixels(who, { student, teacher });
  requireLabelMap(who, labels, classes, ignore);
  return tf.tidy(() => {
    const hits = classHits<tf.Tensor3D>(pixelsOf(labelsAt(labels, rows, columns), scope), classes, ignore);
    const variation = (features: tf.Tensor4D) => closeness(pixelsOf(features, scope), hits); // [scope, pixels]
    const squares = tf.square(tf.sub(variation(student), variation(stopGradient(teacher)))); // 0 where ignored
    return meanOverScopes(tf.sum(squares, 1), tf.sum(hits, [1, 2]));
  });
}

/**
 * The cosine between each pixel and the centre of its class, 0 for an ignored pixel, [scope, pixels].
 *
 * @param x - [scope, pixels, channels]
 * @param hits - [scope, pixels, classes]
 */
function closeness(x: tf.Tensor3D, hits: tf.Tensor3D): tf.Tensor {
  const centres = l2Normalize(tf.matMul(hits, x, true, false)); // of the sums: a cosine needs no means
  return tf.sum(tf.mul(tf.matMul(l2Normalize(x), centres, false, true), hits), 2);
}
