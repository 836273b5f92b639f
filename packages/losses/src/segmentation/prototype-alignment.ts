import { matchShapes, stopGradient } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { ClassPrototypes } from "./class-prototypes.js";
import { meanOverScopes } from "./scope.js";

/**
 * The alignment term of Adaptive Perspective Distillation (APD): the student's prototypes should be the teacher's.
 *
 *     loss = 1/2 mean over the present classes c of (1 - < p_c of the student, p_c of the teacher >),   in [0, 1]
 *
 * It is 0 only if all prototypes are the same, 1/2 if they are orthogonal, and 1 if they are opposite. If each image
 * has its own prototypes (`scope: "image"` of `classPrototypes`), it is the mean over the images that have a class;
 * over none it is 0. The teacher gets no gradient. The authors multiply the loss by 10.
 *
 * Ref: Tian et al. 2022 (APD), IEEE TPAMI 45(2):1372-1387; code: dvlab-research/APD.
 * @param student - from `classPrototypes`
 * @param teacher - from `classPrototypes`, with the same labels and options, and as many channels
 * @returns scalar, []
 * @throws RangeError for prototypes of other shapes
 */
export function prototypeAlignment(
  student: Pick<ClassPrototypes, "prototypes" | "present">,
  teacher: Pick<ClassPrototypes, "prototypes">,
): tf.Scalar {
  matchShapes(
    "prototypeAlignment",
    {
      "student.prototypes": "scope classes dim",
      "student.present": "scope classes",
      "teacher.prototypes": "scope classes dim",
    },
    {
      "student.prototypes": student.prototypes,
      "student.present": student.present,
      "teacher.prototypes": teacher.prototypes,
    },
  );
  return tf.tidy(() => {
    const cosines = tf.sum(tf.mul(student.prototypes, stopGradient(teacher.prototypes)), 2); // [scope, classes]
    const losses = tf.mul(tf.div(tf.sub(1, cosines), 2), student.present);
    return meanOverScopes(tf.sum(losses, 1), tf.sum(student.present, 1));
  });
}
