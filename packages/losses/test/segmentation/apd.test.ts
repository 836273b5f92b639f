import {
  adaptiveKL,
  classPrototypes,
  labelsAt,
  pixelCrossEntropy,
  pixelDistillation,
  prototypeAlignment,
  prototypeCrossEntropy,
  resizeLogits,
  type ClassPrototypes,
  type ClassPrototypesOptions,
} from "@fovea/losses";
import { assertClose, assertGradient, assertNoLeak } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import * as loops from "./loops.js";
import { labelsOf, mapsOf, randomMaps, scatteredLabels } from "./maps.js";

/** 2 images, 3 classes with one absent, maps of 5 × 7 that a network of stride 4 makes of 17 × 25 pixels. */
const [batch, rows, columns, height, width, classes, dim] = [2, 5, 7, 17, 25, 3, 4];
const [studentFeatures, teacherFeatures] = [2, 3].map((seed) => randomMaps([batch, rows, columns, dim], seed)) as [
  tf.Tensor4D,
  tf.Tensor4D,
];
const [studentLogits, teacherLogits] = [4, 5].map((seed) => randomMaps([batch, rows, columns, classes], seed)) as [
  tf.Tensor4D,
  tf.Tensor4D,
];
/** Class 1 is absent from the first image, class 2 from both; a quarter of the pixels is ignored. */
const labels = scatteredLabels([batch, height, width], [[0, 0, 0, 255], [0, 1, 1, 255]]); // prettier-ignore

const small = labelsAt(labels, rows, columns);
const [smallLabels, fullLabels] = [labelsOf(small), labelsOf(labels)];
const sizes = { from: [rows, columns], to: [height, width], classes } as const;
const full = (logits: loops.Maps) => logits.map((map) => loops.bilinear(map, [rows, columns], [height, width]));

const settings = [
  ["the authors' code", { scope: "batch", reduction: "element", counted: "all", absent: "zero" }],
  ["the paper", { scope: "image", reduction: "pixel", counted: "labelled", absent: "mask" }],
  ["each image alone", { scope: "image", reduction: "element", counted: "all", absent: "zero" }],
] as const;

interface Pair {
  readonly student: ClassPrototypes;
  readonly teacher: ClassPrototypes;
}

interface Expected {
  readonly value: number;
  readonly gradient: readonly number[];
}

/** By name: the same on every engine. */
const computed = new Map<string, Expected>();

function expectedOf(name: string, loop: (maps: loops.Maps) => number, x: tf.Tensor4D): Expected {
  const known = computed.get(name);
  if (known) return known;
  const maps = mapsOf(x);
  const expected = { value: loop(maps), gradient: loops.finiteDifferences(loop, maps) };
  computed.set(name, expected);
  return expected;
}

/** Compares a term and its gradient with loops in double precision. */
function expectTerm(
  name: string,
  term: (x: tf.Tensor4D) => tf.Scalar,
  loop: (maps: loops.Maps) => number,
  x: tf.Tensor4D,
): void {
  const expected = expectedOf(name, loop, x);
  expect(expected.value).toBeGreaterThan(1e-3);
  tf.tidy(() => {
    const { value, grad } = tf.valueAndGrad((x) => term(x as tf.Tensor4D))(x);
    assertClose(value, expected.value, 1e-5);
    const largest = Math.max(...expected.gradient.map(Math.abs));
    const scaled = (x: ArrayLike<number>) => Array.from(x, (value) => value / largest);
    assertClose(scaled(grad.dataSync()), scaled(expected.gradient), 1e-5);
  });
}

describeOnEngines("Adaptive Perspective Distillation", () => {
  describe.each(settings)(
    "with the settings of %s is what loops compute:",
    (who, { scope, reduction, counted, absent }) => {
      const perspective = (x: tf.Tensor4D): ClassPrototypes => classPrototypes(x, labels, { classes, scope });
      const withLabels = counted === "labelled" ? { labels } : {};
      const kept = counted === "labelled" ? { kept: fullLabels } : {};

      it("the supervised term", () =>
        expectTerm(
          "the supervised term",
          (z) => pixelCrossEntropy(resizeLogits(z, height, width), labels),
          (z) => loops.crossEntropy(full(z), fullLabels),
          studentLogits,
        ));

      it("the universal term", () =>
        expectTerm(
          `the universal term by ${reduction} of pixels: ${counted}`,
          (z) =>
            pixelDistillation(resizeLogits(z, height, width), resizeLogits(teacherLogits, height, width), {
              reduction,
              ...withLabels,
            }),
          (z) => loops.pixelKL(full(z), full(mapsOf(teacherLogits)), { temperature: 1, reduction, ...kept }),
          studentLogits,
        ));

      it("the teacher's term", () =>
        expectTerm(
          `the teacher's term of ${who}`,
          (x) => prototypeCrossEntropy(perspective(x), labels, { absent }),
          (x) => loops.teacherCrossEntropy(x, smallLabels, fullLabels, sizes, { scope, absent }),
          teacherFeatures,
        ));

      it("the adaptive term", () =>
        expectTerm(
          `the adaptive term of ${who}`,
          (x) => adaptiveKL(perspective(x), perspective(teacherFeatures), { reduction, ...withLabels }),
          (x) => loops.adaptiveKL(x, mapsOf(teacherFeatures), smallLabels, { scope, reduction, counted }),
          studentFeatures,
        ));

      it("the alignment", () =>
        expectTerm(
          `the alignment of ${who}`,
          (x) => prototypeAlignment(perspective(x), perspective(teacherFeatures)),
          (x) => loops.alignment(x, mapsOf(teacherFeatures), smallLabels, scope),
          studentFeatures,
        ));
    },
  );

  it("has prototypes of each image, means over elements, scale 10 and absent classes of 0 by default", () => {
    const [own, stated] = [{ classes }, { classes, scope: "image", ignore: 255 }].map((options) => {
      const on = (x: tf.Tensor4D) => classPrototypes(x, labels, options as ClassPrototypesOptions);
      return { student: on(studentFeatures), teacher: on(teacherFeatures) };
    }) as [Pair, Pair];
    assertClose(own.student.prototypes, stated.student.prototypes, 0);
    const element = { reduction: "element", scale: 10 } as const;
    assertClose(adaptiveKL(own.student, own.teacher), adaptiveKL(stated.student, stated.teacher, element), 0);
    const zero = { absent: "zero", scale: 10, ignore: 255 } as const;
    assertClose(prototypeCrossEntropy(own.teacher, labels), prototypeCrossEntropy(own.teacher, labels, zero), 0);
  });

  it("has the gradients that finite differences of its own values give", () => {
    const on = (x: tf.Tensor) => classPrototypes(x as tf.Tensor4D, labels, { classes });
    const teacher = on(teacherFeatures);
    assertGradient((x) => adaptiveKL(on(x), teacher), [studentFeatures]);
    assertGradient((x) => prototypeAlignment(on(x), teacher), [studentFeatures]);
    assertGradient((x) => prototypeCrossEntropy(on(x), labels, { absent: "mask" }), [teacherFeatures]);
  });

  it("leaves nothing behind", () => {
    const on = (x: tf.Tensor) => classPrototypes(x as tf.Tensor4D, labels, { classes, scope: "batch" });
    assertNoLeak(() => ({ ...on(studentFeatures) }));
    const terms = (x: tf.Tensor, y: tf.Tensor): tf.Scalar =>
      tf.addN([
        adaptiveKL(on(x), on(y), { labels }),
        prototypeAlignment(on(x), on(y)),
        prototypeCrossEntropy(on(y), labels, { absent: "mask" }),
      ]);
    assertNoLeak(() => tf.tidy(() => tf.grads(terms)([studentFeatures, teacherFeatures])));
    const teacher = on(teacherFeatures);
    assertNoLeak(() => adaptiveKL(teacher, teacher, { labels }));
    assertNoLeak(() => prototypeAlignment(teacher, teacher));
    assertNoLeak(() => prototypeCrossEntropy(teacher, labels, { absent: "mask" }));
  });

  it("refuses what does not belong together", () => {
    const on = (x: tf.Tensor4D, scope: "image" | "batch" = "image") => classPrototypes(x, labels, { classes, scope });
    expect(() => adaptiveKL(on(studentFeatures), on(teacherFeatures, "batch"))).toThrow(
      "adaptiveKL: expected `teacher.present` of shape [scope, classes] (scope=2 from `student.present`, " +
        "classes=3 from `student.cosines`), got [1, 3].",
    );
    const narrow = on(randomMaps([batch, rows, columns, dim - 1], 1));
    expect(() => prototypeAlignment(on(studentFeatures), narrow)).toThrow(
      "prototypeAlignment: expected `teacher.prototypes` of shape [scope, classes, dim]",
    );
    expect(() => adaptiveKL(on(studentFeatures), on(teacherFeatures), { scale: 0 })).toThrow(
      "adaptiveKL: expected a finite `scale` > 0, got 0.",
    );
    expect(() => adaptiveKL(on(studentFeatures), on(teacherFeatures), { reduction: "mean" as never })).toThrow(
      "adaptiveKL: `reduction` must be one of pixel, element, got mean.",
    );
    expect(() => prototypeCrossEntropy(on(studentFeatures), labels, { absent: "all" as never })).toThrow(
      "prototypeCrossEntropy: `absent` must be one of zero, mask, got all.",
    );
    expect(() => classPrototypes(studentFeatures, labels, { classes: 1 })).toThrow(
      /^classPrototypes: expected `labels` in 0 … 0 \(classes=1\) or `ignore` 255, got 1 in image 1 at row \d+, column \d+\.$/,
    );
    expect(() => classPrototypes(studentFeatures, labels, { classes: 0 })).toThrow("`classes` must be a whole number");
    expect(() => classPrototypes(studentFeatures, labels, { classes, scope: "set" as never })).toThrow(
      "classPrototypes: `scope` must be one of image, batch, got set.",
    );
    expect(() => classPrototypes(studentFeatures, tf.cast(labels, "float32"), { classes })).toThrow(
      "classPrototypes: expected `labels` of dtype int32, got float32.",
    );
  });
});
