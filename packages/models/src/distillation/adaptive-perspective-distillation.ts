import type { MultiTermLoss } from "@fovea/losses";
import {
  activation,
  conv2d,
  joinModules,
  matchShapes,
  sequential,
  subSeed,
  type Context,
  type Layer,
  type Module,
} from "@fovea/nn";
import type { Segmenter } from "@fovea/segmentation";
import * as tf from "@tensorflow/tfjs-core";
import {
  projects,
  resolveDistillation,
  type DistillationConfig,
  type DistillationWeights,
} from "./distillation-config.js";
import { distillationMaps, type DistillationParts } from "./distillation-maps.js";
import { TERMS } from "./distillation-terms.js";

/** A student that learns from labels and a teacher: what training needs of both. */
export interface AdaptivePerspectiveDistillation extends Module {
  /** The network that is trained, and all that is left afterwards. */
  readonly student: Segmenter;
  /**
   * What to minimize, with every term before it is weighted.
   *
   * @param images - [batch, height, width, channels], as both networks take them
   * @param labels - int32 in 0 … classes - 1, or `ignore`, [batch, height, width]
   * @throws TypeError for labels that are not int32
   * @throws RangeError for labels of another size or that are no class, images that do not fit a stride, or maps of
   * different sizes
   */
  loss(images: tf.Tensor4D, labels: tf.Tensor3D, ctx: Context): MultiTermLoss;
}

const who = "adaptivePerspectiveDistillation";

/**
 * Adaptive Perspective Distillation (APD): a small segmenter learns from labels and from a large one, also by what the
 * classes of each image look like to both.
 *
 *     u = A(features) / ‖A(features)‖,   p_c = the mean direction of the pixels of class c,   a_c = < u, p_c >
 *     L = 1 CE + 0.4 CE(auxiliary) + 10 KL(pixels) + 10 KL(Tₐ a) + 10 alignment(p) + CE(Tₐ a of the teacher)
 *
 * A, a projection of each network, is a 1 × 1 convolution, a ReLU, and another 1 × 1 convolution, with biases. The
 * formulas are those of the functions in `@fovea/losses` that `DistillationWeights` names. Weights of 0 leave terms
 * out: so this is also plain distillation of pixels (`adaptive: 0, alignment: 0`) and its rivals.
 *
 * The teacher runs as in inference, without gradient; it is not among the params, and nothing of it changes. Its
 * projection is trained by the last term alone, and all other terms hold it constant. So one step on L updates student
 * and projection as two steps would, each with the gradients of its own terms, whatever their order: give the
 * projection an optimizer of its own by `paramGroups` of `@fovea/train`. A `clipNorm` would be that of both.
 *
 * Params: those of the student under their own names, `projection.student.…` and `projection.teacher.…`, the last two
 * only if `adaptive` or `alignment` needs them. Save the student alone: it has the weights of any other such segmenter.
 * Buffers: the student's. `dispose` frees the projections; both networks remain the caller's.
 *
 * Student and teacher may have different encoders, decoders and channels. Their maps need the same rows and columns,
 * unless `teacherMaps` is "resize". Labels at the cells of a map are those of `labelsAt`, so that student and teacher
 * should have `align: "corners"`; with "centers" the labels are up to half a cell beside.
 *
 * Ref: Tian et al. 2022, IEEE TPAMI 45(2):1372-1387; code: dvlab-research/APD, whose settings are `scope: "batch"` and
 * the other defaults.
 * @throws RangeError for a teacher with other classes, or an option out of range
 */
export function adaptivePerspectiveDistillation(
  teacher: Segmenter,
  student: Segmenter,
  config: DistillationConfig = {},
): AdaptivePerspectiveDistillation {
  if (teacher.classes !== student.classes)
    throw new RangeError(
      `${who}: expected a teacher of the student's ${student.classes} classes, got one of ${teacher.classes}.`,
    );
  const resolved = resolveDistillation(who, config, teacher.dim);
  const { weights, dim, seed } = resolved;
  const projections = projects(weights)
    ? {
        student: projection(student.dim, dim, subSeed(seed, "student")),
        teacher: projection(teacher.dim, dim, subSeed(seed, "teacher")),
      }
    : undefined;
  const parts = { student, teacher, projections, config: resolved };
  const added = projections ? joinModules(projections) : joinModules({});
  return {
    ...joinModules({ "": student, projection: added }),
    student,
    loss(images, labels, ctx) {
      matchShapes(who, { images: "batch height width channels", labels: "batch height width" }, { images, labels });
      return tf.tidy(() => weightedTerms(parts, images, labels, ctx));
    },
    dispose: added.dispose,
  };
}

/** conv1x1 → ReLU → conv1x1. */
const projection = (input: number, dim: number, seed: number): Layer =>
  sequential({
    conv1: conv2d({ in: input, out: dim, kernel: 1, seed: subSeed(seed, "conv1") }),
    relu: activation("relu"),
    conv2: conv2d({ in: dim, out: dim, kernel: 1, seed: subSeed(seed, "conv2") }),
  });

function weightedTerms(parts: DistillationParts, images: tf.Tensor4D, labels: tf.Tensor3D, ctx: Context) {
  const maps = distillationMaps(parts, images, labels, ctx);
  const names = Object.keys(TERMS) as (keyof DistillationWeights)[];
  const found = names.flatMap((name) => {
    const weight = parts.config.weights[name];
    const value = weight > 0 ? TERMS[name](maps, parts) : undefined;
    return value ? [{ name, value, weight }] : [];
  });
  return {
    total: tf.addN(found.map(({ value, weight }) => tf.mul<tf.Scalar>(value, weight))),
    terms: Object.fromEntries(found.map(({ name, value }) => [name, value])),
  };
}
