import { matchShapes, requireOneOf } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requirePositive } from "../checks.js";
import { uncheckedCrossEntropy } from "../unchecked-cross-entropy.js";
import { withoutAbsent } from "./absent-classes.js";
import type { ClassPrototypes } from "./class-prototypes.js";
import { IGNORE, requireLabelMap } from "./label-map.js";
import { resizeLogits } from "./resize-logits.js";

/** Options of `prototypeCrossEntropy`. */
export interface PrototypeCrossEntropyOptions {
  /** The factor that makes logits of cosines, > 0. Default 10. */
  readonly scale?: number;
  /**
   * What an absent class is to the cross-entropy. "zero": a class with a cosine of 0, as in the authors' code; pixels
   * of a class that the features' size has lost still count, and add noise. "mask": no class; such pixels are ignored.
   * Default "zero".
   */
  readonly absent?: "zero" | "mask";
  /** Pixels with this label are ignored. Default 255. */
  readonly ignore?: number;
}

/**
 * The teacher's term of Adaptive Perspective Distillation (APD): the prototypes should classify the pixels that they
 * are made from. It trains the projection of the teacher's features alone, which could collapse without it.
 *
 *     loss = mean_n CE( scale · a_n, y_n ),   a: the cosines, resized to the labels as by `resizeLogits`
 *
 * The mean is over the pixels n of all images that are not ignored, for prototypes of each image too; over none it is
 * 0. The gradient also goes through the prototypes. Give the cosines of features that are constant, so that no gradient
 * reaches the teacher itself. It takes memory as `pixelCrossEntropy` does, for logits of the labels' size.
 *
 * Ref: Tian et al. 2022 (APD), IEEE TPAMI 45(2):1372-1387; code: dvlab-research/APD.
 * @param teacher - from `classPrototypes`
 * @param labels - int32 in 0 … classes - 1, or `ignore`, [batch, height, width]
 * @returns scalar, []
 * @throws TypeError for labels that are not int32
 * @throws RangeError for an empty batch, a label that is no class, or an option out of range
 */
export function prototypeCrossEntropy(
  { cosines, present }: Pick<ClassPrototypes, "cosines" | "present">,
  labels: tf.Tensor3D,
  { scale = 10, absent = "zero", ignore = IGNORE }: PrototypeCrossEntropyOptions = {},
): tf.Scalar {
  const { height, width, classes } = matchShapes(
    "prototypeCrossEntropy",
    { cosines: "batch rows columns classes", present: "scope classes", labels: "batch height width" },
    { cosines, present, labels },
  );
  requirePositive("prototypeCrossEntropy", { scale });
  requireOneOf("prototypeCrossEntropy", { absent }, ["zero", "mask"]);
  requireLabelMap("prototypeCrossEntropy", labels, classes, ignore);
  return tf.tidy(() => {
    const all = resizeLogits(tf.mul(cosines, scale), height, width);
    const logits = absent === "mask" ? withoutAbsent(all, present) : all;
    return uncheckedCrossEntropy(tf.reshape(logits, [-1, classes]), tf.reshape(labels, [-1]) as tf.Tensor1D, {
      ignore,
      ...(absent === "mask" && { sampleWeights: presentPixels(labels, present) }),
    }) as tf.Scalar;
  });
}

/** 1 where the class of a pixel is present, else 0, [pixels]; whatever for ignored pixels. */
function presentPixels(labels: tf.Tensor3D, present: tf.Tensor2D): tf.Tensor1D {
  const [scopes, classes] = present.shape;
  const firsts = tf.tensor3d(
    Int32Array.from({ length: scopes }, (_, i) => i * classes),
    [scopes, 1, 1],
  );
  const integer = (x: number) => tf.scalar(x, "int32");
  const classOf = tf.minimum(tf.maximum(labels, integer(0)), integer(classes - 1)); // of an ignored pixel: any
  return tf.gather(tf.reshape<tf.Rank.R1>(present, [-1]), tf.reshape<tf.Rank.R1>(tf.add(classOf, firsts), [-1]));
}
