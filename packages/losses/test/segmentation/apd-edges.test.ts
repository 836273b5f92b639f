import {
  adaptiveKL,
  classPrototypes,
  labelsAt,
  pixelDistillation,
  prototypeAlignment,
  prototypeCrossEntropy,
} from "@fovea/losses";
import { assertClose } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import {
  batch,
  classes,
  columns,
  comparisons,
  dim,
  item,
  labels,
  of,
  rows,
  scopes,
  student,
  teacher,
  zeros,
} from "./apd-fixture.js";
import { randomMaps } from "./maps.js";

describeOnEngines("the edge cases of Adaptive Perspective Distillation", () => {
  describe.each(scopes)("with prototypes of each %s:", (scope) => {
    const perspective = (x: tf.Tensor, y = labels) => of(x, scope, y);

    it("a single class has no divergence, but an alignment", () => {
      const y = tf.where(tf.equal(labels, 255), labels, tf.zerosLike(labels));
      const term = (x: tf.Tensor) => adaptiveKL(perspective(x, y), perspective(teacher, y));
      const { value, grad } = tf.valueAndGrad(term)(student);
      assertClose(value, 0, 0);
      assertClose(grad, zeros(grad), 0);
      const aligned = tf.valueAndGrad((x) => prototypeAlignment(perspective(x, y), perspective(teacher, y)))(student);
      expect(item(aligned.value)).toBeGreaterThan(0.01);
      expect(item(tf.max(tf.abs(aligned.grad)))).toBeGreaterThan(1e-4);
    });

    it("is 0 with gradients of 0 when everything is ignored", () => {
      const nothing = tf.fill([batch, 9, 13], 255, "int32") as tf.Tensor3D;
      const on = (x: tf.Tensor) => perspective(x, nothing);
      const terms: readonly ((x: tf.Tensor) => tf.Scalar)[] = [
        (x) => adaptiveKL(on(x), on(teacher)),
        (x) => adaptiveKL(on(x), on(teacher), { reduction: "pixel", labels: nothing }),
        (x) => prototypeAlignment(on(x), on(teacher)),
        (x) => prototypeCrossEntropy(on(x), nothing),
        (x) => prototypeCrossEntropy(on(x), nothing, { absent: "mask" }),
        (x) => pixelDistillation(x as tf.Tensor4D, teacher, { labels: tf.zerosLike(nothing), ignore: 0 }),
      ];
      for (const term of terms) {
        const { value, grad } = tf.valueAndGrad(term)(student);
        assertClose(value, 0, 0);
        assertClose(grad, zeros(grad), 0);
      }
      assertClose(on(student).present, tf.zeros([scope === "image" ? batch : 1, classes]), 0);
    });

    it("stays finite where a feature is zeros", () => {
      const some = tf.mul<tf.Tensor4D>(
        student,
        tf.cast(tf.greater(randomMaps([batch, rows, columns, 1], 6), 0), "float32"),
      );
      const terms = (x: tf.Tensor): tf.Scalar =>
        tf.addN([
          adaptiveKL(perspective(x), perspective(some)),
          prototypeAlignment(perspective(x), perspective(teacher)),
          prototypeCrossEntropy(perspective(x), labels),
        ]);
      const { value, grad } = tf.valueAndGrad(terms)(some);
      expect(Number.isFinite(item(value))).toBe(true);
      expect(grad.dataSync().every(Number.isFinite)).toBe(true);
      const none = comparisons(tf.zerosLike(student), teacher, scope);
      assertClose(none.alignment, 0.5, 1e-6); // a prototype of zeros is at a right angle to all
    });
  });

  it("a class that the features' size has lost is absent; its pixels count as noise, or are masked", () => {
    // class 1 has pixels beside the grid of every fourth pixel only
    const at = (i: number, j: number) => (i % 4 === 1 && j % 4 === 2 ? 1 : i < 9 ? 0 : 2);
    const numbers = Array.from({ length: 17 * 25 }, (_, n) => at(Math.floor(n / 25), n % 25));
    const full = tf.tensor3d(numbers, [1, 17, 25], "int32");
    const features = randomMaps([1, 5, 7, dim], 3);
    const own = classPrototypes(features, full, { classes: 3 });
    expect(Array.from(own.present.dataSync())).toEqual([1, 0, 1]);
    expect(new Set(labelsAt(full, 5, 7).dataSync())).toEqual(new Set([0, 2]));
    const without = tf.tensor3d(numbers.map((label) => (label === 1 ? 255 : label)), [1, 17, 25], "int32"); // prettier-ignore
    const masked = prototypeCrossEntropy(own, full, { absent: "mask" });
    assertClose(masked, prototypeCrossEntropy(own, without, { absent: "mask" }), 1e-6);
    const noisy = [full, without].map((y) => item(prototypeCrossEntropy(own, y)));
    expect(Math.abs(noisy[0]! - noisy[1]!)).toBeGreaterThan(1e-3);
  });
});
