import { classPrototypes, type ClassPrototypes } from "@fovea/losses";
import { inferenceContext, withoutGradient, type Context, type Layer } from "@fovea/nn";
import type { Segmenter, SegmenterOutputs } from "@fovea/segmentation";
import * as tf from "@tensorflow/tfjs-core";
import type { ResolvedDistillation } from "./distillation-config.js";

/** The two projections of features, before their pixels become prototypes. */
export interface Projections {
  readonly student: Layer;
  readonly teacher: Layer;
}

/** What is compared: the networks, and the config. */
export interface DistillationParts {
  readonly student: Segmenter;
  readonly teacher: Segmenter;
  /** Undefined if no term needs them. */
  readonly projections: Projections | undefined;
  readonly config: ResolvedDistillation;
}

/** Maps of one network: of cells, [batch, rows, columns, dim or classes]. */
export type Cells = Pick<SegmenterOutputs, "features" | "logits">;

/** What the terms of a batch look at. Each is computed when it is first asked for, and only then. */
export interface DistillationMaps {
  /** int32, [batch, height, width] */
  readonly labels: tf.Tensor3D;
  readonly student: SegmenterOutputs;
  /** The student's logits of each pixel, [batch, height, width, classes]. */
  pixels(): tf.Tensor4D;
  /** The teacher's logits of each pixel. */
  teacherPixels(): tf.Tensor4D;
  /** The teacher's maps, of the student's rows and columns. */
  teacher(): Cells;
  /** How the classes look to the student, and to the teacher. */
  prototypes(): { readonly student: ClassPrototypes; readonly teacher: ClassPrototypes };
}

/** @throws RangeError, when they are asked for, for maps that cannot be compared */
export function distillationMaps(
  parts: DistillationParts,
  images: tf.Tensor4D,
  labels: tf.Tensor3D,
  ctx: Context,
): DistillationMaps {
  const { student, teacher, projections, config } = parts;
  const size = [images.shape[1], images.shape[2]] as const;
  const outputs = student.forward(images, ctx);
  const taught = once(() => inferred(teacher, images));
  const cells = once(() => ofStudentSize(taught(), outputs.features, parts));
  const prototypesOf = (features: tf.Tensor4D, projection: Layer) =>
    classPrototypes(projection.forward(features, ctx) as tf.Tensor4D, labels, {
      classes: student.classes,
      scope: config.scope,
      ignore: config.ignore,
    });
  return {
    labels,
    student: outputs,
    pixels: once(() => student.upsample(outputs.logits, size)),
    teacherPixels: once(() => teacher.upsample(taught().logits, size)),
    teacher: cells,
    prototypes: once(() => {
      requireCover(outputs.features, labels, student.stride);
      return {
        student: prototypesOf(outputs.features, projections!.student),
        teacher: prototypesOf(cells().features, projections!.teacher),
      };
    }),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** The maps of a network that is not trained: none of what it computes is kept for a gradient. */
function inferred(teacher: Segmenter, images: tf.Tensor4D): Cells {
  const both = withoutGradient(images, (x) =>
    tf.tidy(() => {
      const { features, logits } = teacher.forward(x, inferenceContext());
      return tf.concat([features, logits], 3); // one tensor, as a function without gradient returns it
    }),
  );
  const [features, logits] = tf.split(both, [teacher.dim, teacher.classes], 3) as [tf.Tensor4D, tf.Tensor4D];
  return { features, logits };
}

function ofStudentSize(maps: Cells, { shape }: tf.Tensor4D, { student, teacher, config }: DistillationParts): Cells {
  const [rows, columns] = [shape[1], shape[2]];
  const [, own, others] = maps.features.shape;
  if (own === rows && others === columns) return maps;
  if (config.teacherMaps === "same")
    throw new RangeError(
      "adaptivePerspectiveDistillation: expected a teacher whose map is as large as the student's, " +
        `${rows} × ${columns} cells, got ${own} × ${others}: use networks of the same stride, or \`teacherMaps: "resize"\`.`,
    );
  const reach = (a: number, b: number) =>
    (a - 1) * student.stride === (b - 1) * teacher.stride || a * student.stride === b * teacher.stride;
  if (!reach(rows, own) || !reach(columns, others))
    throw new RangeError(
      "adaptivePerspectiveDistillation: expected images whose sides fit both strides, since the teacher's map of " +
        `${own} × ${others} cells of ${teacher.stride} pixels does not end where the student's of ${rows} × ${columns} cells ` +
        `of ${student.stride} does: cut them to a fitting size, or pad images and labels before.`,
    );
  const resize = (map: tf.Tensor4D) => tf.image.resizeBilinear(map, [rows, columns], true);
  return { features: resize(maps.features), logits: resize(maps.logits) };
}

/** Labels are taken at the cells of a map of the images: it must not reach beyond them. */
export function requireCover({ shape: map }: tf.Tensor4D, { shape: labels }: tf.Tensor3D, stride: number): void {
  const covers = (cells: number, side: number) => (cells - 1) * stride + 1 === side || cells * stride === side;
  if (!covers(map[1], labels[1]) || !covers(map[2], labels[2]))
    throw new RangeError(
      `adaptivePerspectiveDistillation: expected images whose sides fit the stride of ${stride}, got ${labels[1]} × ${labels[2]}, ` +
        "which the student pads: cut them to a fitting size, or pad images and labels before.",
    );
}
