import {
  adaptiveKL,
  classPrototypes,
  pixelCrossEntropy,
  pixelDistillation,
  prototypeAlignment,
  prototypeCrossEntropy,
  type ClassPrototypes,
} from "@fovea/losses";
import { stopGradient } from "@fovea/nn";
import { assertClose, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import {
  batch, classes, columns, comparisons, dim, expectSame, item, labels, logits, of, rows, scopes, shape, student, teacher,
  teacherLogits, zeros,
} from "./apd-fixture.js"; // prettier-ignore
import { labelMaps, randomMaps } from "./maps.js";

/** An orthogonal matrix, a reflection. */
function reflection(size: number): tf.Tensor2D {
  const v = randomTensor<tf.Tensor2D>([size, 1], 8);
  return tf.sub(tf.eye(size), tf.mul(tf.matMul(v, v, false, true), tf.div(2, tf.sum(tf.square(v)))));
}
const turned = (x: tf.Tensor4D): tf.Tensor4D =>
  tf.reshape(tf.matMul(tf.reshape(x, [-1, dim]), reflection(dim)), x.shape);

/** The pixels of each image in another order. */
const shuffled = <T extends tf.Tensor>(x: T): T => tf.reverse(tf.reverse(x, 1), 2) as T;

/** The same maps with other numbers where pixels are ignored. */
function elsewhere(x: tf.Tensor4D): tf.Tensor4D {
  const ignored = tf.expandDims(tf.equal(labels, 255), -1);
  return tf.where(ignored, randomMaps(x.shape, 9), x);
}

describeOnEngines("the invariants of Adaptive Perspective Distillation", () => {
  describe.each(scopes)("with prototypes of each %s:", (scope) => {
    const perspective = (x: tf.Tensor, y = labels, count: number = classes) => of(x, scope, y, count);

    it("prototypes have length 1, or are zeros where a class is absent, and cosines are in [-1, 1]", () => {
      const { prototypes, present, cosines } = perspective(student);
      assertClose(tf.norm(prototypes, 2, 2), present, 1e-6);
      expect(item(tf.max(tf.abs(cosines)))).toBeLessThanOrEqual(1 + 1e-6);
      expect(item(tf.max(cosines))).toBeGreaterThan(0.3);
    });

    it("a student that is the teacher has nothing to learn", () => {
      const terms = [
        (x: tf.Tensor) => adaptiveKL(perspective(x), perspective(teacher)),
        (x: tf.Tensor) => prototypeAlignment(perspective(x), perspective(teacher)),
      ];
      for (const term of terms) {
        const { value, grad } = tf.valueAndGrad(term)(teacher);
        assertClose(value, 0, 1e-6);
        assertClose(grad, zeros(grad), 1e-6);
      }
      for (const reduction of ["pixel", "element"] as const) {
        const universal = (z: tf.Tensor) => pixelDistillation(z as tf.Tensor4D, teacherLogits, { reduction });
        const { value, grad } = tf.valueAndGrad(universal)(teacherLogits);
        assertClose(value, 0, 1e-6);
        assertClose(grad, zeros(grad), 1e-7);
      }
    });

    it("the alignment is 0 for the same prototypes, 1/2 for orthogonal and 1 for opposite ones", () => {
      const alone = (x: tf.Tensor) => tf.pad(x, [[0, 0], [0, 0], [0, 0], [0, dim]]); // prettier-ignore
      const orthogonal = tf.pad(student, [[0, 0], [0, 0], [0, 0], [dim, 0]]); // prettier-ignore
      assertClose(prototypeAlignment(perspective(student), perspective(student)), 0, 1e-6);
      assertClose(prototypeAlignment(perspective(student), perspective(tf.neg(student))), 1, 1e-6);
      assertClose(prototypeAlignment(perspective(alone(student)), perspective(orthogonal)), 0.5, 1e-6);
      const { alignment } = comparisons(student, teacher, scope);
      expect(alignment).toBeGreaterThan(0.01);
      expect(alignment).toBeLessThan(1);
    });

    it("the length of a pixel's vector does not count", () => {
      const lengths = tf.exp(randomMaps([batch, rows, columns, 1], 7));
      const scaled = tf.mul<tf.Tensor4D>(student, lengths);
      expectSame(comparisons(scaled, teacher, scope), comparisons(student, teacher, scope));
      assertClose(
        prototypeCrossEntropy(perspective(scaled), labels),
        prototypeCrossEntropy(perspective(student), labels),
      );
    });

    it("a rotation of both changes nothing, one of the student only the alignment", () => {
      const plain = comparisons(student, teacher, scope);
      expectSame(comparisons(turned(student), turned(teacher), scope), plain);
      const { kl, alignment } = comparisons(turned(student), teacher, scope);
      assertClose(kl, plain.kl);
      expect(Math.abs(alignment - plain.alignment)).toBeGreaterThan(1e-3);
    });

    it("the names of classes do not count", () => {
      const renamed = tf.where(tf.equal(labels, 255), labels, tf.sub(tf.scalar(3, "int32"), labels));
      const other = tf.cast(renamed, "int32") as tf.Tensor3D;
      expectSame(comparisons(student, teacher, scope, other), comparisons(student, teacher, scope));
    });

    it("the order of pixels does not count", () => {
      const other = shuffled(labels);
      const [s, t] = [shuffled(student), shuffled(teacher)];
      expectSame(comparisons(s, t, scope, other), comparisons(student, teacher, scope));
      assertClose(
        prototypeCrossEntropy(perspective(t, other), other),
        prototypeCrossEntropy(perspective(teacher), labels),
      );
      assertClose(pixelCrossEntropy(shuffled(logits), other), pixelCrossEntropy(logits, labels));
      assertClose(
        pixelDistillation(shuffled(logits), shuffled(teacherLogits)),
        pixelDistillation(logits, teacherLogits),
      );
    });

    it("ignored pixels change no prototype; they change the divergences, unless labels leave them out", () => {
      const other = elsewhere(student);
      const [a, b, t] = [perspective(student), perspective(other), perspective(teacher)];
      assertClose(a.prototypes, b.prototypes, 0);
      assertClose(prototypeAlignment(a, t), prototypeAlignment(b, t), 0);
      expect(Math.abs(item(adaptiveKL(a, t)) - item(adaptiveKL(b, t)))).toBeGreaterThan(1e-4);
      assertClose(adaptiveKL(a, t, { labels }), adaptiveKL(b, t, { labels }), 0);
      const [z, y] = [logits, elsewhere(logits)];
      const universal = (x: tf.Tensor4D, options?: object) => item(pixelDistillation(x, teacherLogits, options));
      expect(Math.abs(universal(z) - universal(y))).toBeGreaterThan(1e-4);
      assertClose(universal(z, { labels }), universal(y, { labels }), 0);
    });

    it("a class without a pixel is not there", () => {
      const distinct = (y: tf.Tensor) => new Set(Array.from(y.dataSync()).filter((label) => label !== 255)).size;
      const { present } = perspective(student);
      const each = scope === "batch" ? [labels] : tf.split(labels, batch);
      expect(Array.from(tf.sum(present, 1).dataSync())).toEqual(each.map(distinct));
      expectSame(comparisons(student, teacher, scope, labels, classes + 3), comparisons(student, teacher, scope));
    });

    it("a class without a pixel is in the universal term, and in the teacher's as a zero, not masked", () => {
      const more = (z: tf.Tensor4D) => tf.pad(z, [[0, 0], [0, 0], [0, 0], [0, 1]], -1e9); // prettier-ignore
      const element = { reduction: "element" } as const;
      const before = item(pixelDistillation(logits, teacherLogits, element));
      const after = pixelDistillation(more(logits), more(teacherLogits), element);
      assertClose(after, (before * classes) / (classes + 1), 1e-6);
      const teachers = (count: number, absent: "zero" | "mask") =>
        item(prototypeCrossEntropy(perspective(teacher, labels, count), labels, { absent }));
      expect(Math.abs(teachers(classes + 1, "zero") - teachers(classes, "zero"))).toBeGreaterThan(1e-4);
      assertClose(teachers(classes + 1, "mask"), teachers(classes, "mask"), 1e-6);
    });

    it("no gradient reaches the teacher from the student's terms, nor anything but its projection from its own", () => {
      const project = (f: tf.Tensor, a: tf.Tensor) =>
        tf.reshape(tf.matMul(tf.reshape(f, [-1, dim]), a as tf.Tensor2D), shape as unknown as number[]);
      const inputs = [student, randomTensor([dim, dim], 5), teacher, randomTensor([dim, dim], 6)];
      const students = (fs: tf.Tensor, as: tf.Tensor, ft: tf.Tensor, at: tf.Tensor): tf.Scalar => {
        const [s, t] = [perspective(project(fs, as)), perspective(project(ft, at))];
        return tf.addN([adaptiveKL(s, t), prototypeAlignment(s, t)]);
      };
      const [forFs, forAs, forFt, forAt] = tf.grads(students)(inputs);
      assertClose(forFt!, zeros(forFt!), 0);
      assertClose(forAt!, zeros(forAt!), 0);
      for (const reached of [forFs!, forAs!]) expect(item(tf.max(tf.abs(reached)))).toBeGreaterThan(1e-5);
      const teachers = (fs: tf.Tensor, as: tf.Tensor, ft: tf.Tensor, at: tf.Tensor): tf.Scalar => {
        const unused = tf.mul(tf.add(tf.sum(fs), tf.sum(as)), 0);
        return tf.add(prototypeCrossEntropy(perspective(project(stopGradient(ft), at)), labels), unused);
      };
      const own = tf.grads(teachers)(inputs);
      for (const i of [0, 1, 2]) assertClose(own[i]!, zeros(own[i]!), 0);
      expect(item(tf.max(tf.abs(own[3]!)))).toBeGreaterThan(1e-5);
      const universal = (x: tf.Tensor, y: tf.Tensor) => pixelDistillation(x as tf.Tensor4D, y as tf.Tensor4D);
      const [, forTeacher] = tf.grads(universal)([logits, teacherLogits]);
      assertClose(forTeacher!, zeros(forTeacher!), 0);
    });

    it("the mean over elements is that over pixels divided by the number of classes", () => {
      const one = (x: tf.Tensor, b = 0) => tf.slice(x, [b], [1]) as tf.Tensor4D;
      const y = one(labels) as unknown as tf.Tensor3D;
      const [s, t] = [perspective(one(student), y), perspective(one(teacher), y)];
      const pixel = item(adaptiveKL(s, t, { reduction: "pixel" }));
      assertClose(adaptiveKL(s, t, { reduction: "element" }), pixel / item(tf.sum(s.present)), 1e-6);
      const universal = item(pixelDistillation(logits, teacherLogits, { reduction: "pixel" }));
      assertClose(pixelDistillation(logits, teacherLogits, { reduction: "element" }), universal / classes, 1e-6);
    });

    it("with one pixel of each class that pixel is its prototype", () => {
      const y = labelMaps("0xxx xx1x 2x3x");
      const { cosines, prototypes } = classPrototypes(randomMaps([1, 3, 4, 5], 1), y, { classes: 4, scope });
      const own = tf.sum(tf.mul(cosines, tf.oneHot(y, 4)), 3);
      assertClose(own, tf.cast(tf.notEqual(y, 255), "float32"), 1e-6);
      assertClose(tf.norm(prototypes, 2, 2), tf.ones([1, 4]), 1e-6);
    });

    it("a constant added to the logits of a pixel changes nothing", () => {
      const shift = randomMaps([batch, rows, columns, 1], 5);
      const moved = (z: tf.Tensor4D, by: number) => tf.add<tf.Tensor4D>(z, tf.mul(shift, by));
      assertClose(
        pixelDistillation(moved(logits, 3), moved(teacherLogits, -2)),
        pixelDistillation(logits, teacherLogits),
        1e-5,
      );
    });
  });

  describe("each image alone", () => {
    const alone = (x: tf.Tensor, b: number) => tf.slice(x, [b], [1]) as tf.Tensor4D;
    const labelsOf = (b: number) => tf.slice(labels, [b], [1]);

    it("is the whole batch when that is one image", () => {
      for (const b of [0, 1]) {
        const [s, t, y] = [alone(student, b), alone(teacher, b), labelsOf(b)];
        expectSame(comparisons(s, t, "image", y), comparisons(s, t, "batch", y), 1e-6);
        assertClose(prototypeCrossEntropy(of(t, "image", y), y), prototypeCrossEntropy(of(t, "batch", y), y), 1e-6);
      }
    });

    it("gives the mean of its images' terms, also where pixels that count are labelled", () => {
      const each = (term: (s: tf.Tensor, t: tf.Tensor, y: tf.Tensor3D) => tf.Scalar) =>
        [0, 1].map((b) => item(term(alone(student, b), alone(teacher, b), labelsOf(b))));
      for (const options of [{}, { reduction: "pixel" }] as const) {
        const term = (s: tf.Tensor, t: tf.Tensor, y: tf.Tensor3D) =>
          adaptiveKL(of(s, "image", y), of(t, "image", y), { ...options, labels: y });
        const [a, b] = each(term) as [number, number];
        assertClose(term(student, teacher, labels), (a + b) / 2, 1e-6);
      }
      const align = (s: tf.Tensor, t: tf.Tensor, y: tf.Tensor3D) =>
        prototypeAlignment(of(s, "image", y), of(t, "image", y));
      const [a, b] = each(align) as [number, number];
      assertClose(align(student, teacher, labels), (a + b) / 2, 1e-6);
    });

    it("is not diluted by an image without labels", () => {
      const y = tf.concat([labelsOf(0), tf.fill([1, rows, columns], 255, "int32")]) as tf.Tensor3D;
      const first = comparisons(alone(student, 0), alone(teacher, 0), "image", labelsOf(0));
      expectSame(comparisons(student, teacher, "image", y), first, 1e-6);
    });

    it("never mixes the classes of images", () => {
      const y = tf.concat([labelMaps("01x 110"), labelMaps("23x 332")]) as tf.Tensor3D;
      const both = randomMaps([2, 2, 3, dim], 1);
      const changed = tf.concat([alone(both, 0), randomMaps([1, 2, 3, dim], 2)]) as tf.Tensor4D;
      const [a, b] = [both, changed].map((x) => of(x, "image", y)) as [ClassPrototypes, ClassPrototypes];
      expect(a.present.arraySync()).toEqual([[1, 1, 0, 0], [0, 0, 1, 1]]); // prettier-ignore
      assertClose(alone(a.cosines, 0), alone(b.cosines, 0), 0);
      assertClose(tf.slice(a.cosines, [0, 0, 0, 2], [1, -1, -1, 2]), tf.zeros([1, 2, 3, 2]), 0);
      expect(
        item(tf.max(tf.abs(tf.slice(of(both, "batch", y).cosines, [0, 0, 0, 2], [1, -1, -1, 2])))),
      ).toBeGreaterThan(0.1);
    });
  });
});
