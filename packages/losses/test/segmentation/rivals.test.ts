import {
  channelDistillation,
  intraClassDistillation,
  knowledgeDistillation,
  labelsAt,
  pairwiseDistillation,
  pixelDistillation,
  type PairwiseDistillationOptions,
} from "@fovea/losses";
import { assertClose, assertGradient, assertNoLeak } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import { dot, groups, klTerms, meanOf, pixelKL, softmax, unit, type Maps } from "./loops.js";
import { labelMaps, labelsOf, mapsOf, randomMaps, scatteredLabels } from "./maps.js";

const [batch, rows, columns, channels, teacherChannels, classes] = [2, 5, 7, 3, 11, 4] as const;
const student = randomMaps([batch, rows, columns, channels], 1);
const teacher = randomMaps([batch, rows, columns, channels], 2);
const wide = randomMaps([batch, rows, columns, teacherChannels], 3);
/** At the size of the features. Class 3 is nowhere. */
const labels = scatteredLabels([batch, rows, columns], [[0, 1, 255], [1, 2, 255]]); // prettier-ignore

const item = (x: tf.Tensor): number => x.dataSync()[0]!;
type Loss = (student: tf.Tensor4D, teacher: tf.Tensor4D) => tf.Scalar;
const gradients = (loss: Loss, s = student, t = teacher): tf.Tensor[] =>
  tf.grads((x, y) => loss(x as tf.Tensor4D, y as tf.Tensor4D))([s, t]);

/** What every distillation promises. */
function itDistils(loss: Loss, s: tf.Tensor4D, t: tf.Tensor4D): void {
  it("has the gradient of its values, and none for the teacher", () => {
    assertGradient((x) => loss(x as tf.Tensor4D, t), [s], { epsilon: 3e-3 });
    const [, forTeacher] = gradients(loss, s, t);
    assertClose(forTeacher!, tf.zeros(t.shape), 0);
  });

  it("is 0 with a gradient of 0 for a student that is the teacher, and positive else", () => {
    assertClose(loss(t, t), 0, 1e-6);
    assertClose(gradients(loss, t, t)[0]!, tf.zeros(t.shape), 1e-6);
    expect(item(loss(s, t))).toBeGreaterThan(1e-3);
  });

  it("leaves nothing behind", () => {
    assertNoLeak(() => loss(s, t));
    assertNoLeak(() => gradients(loss, s, t));
  });
}

describeOnEngines("pixelDistillation", () => {
  /** Of three channels, so three classes. */
  const only = labelMaps("0x1x2x0 1x1x1x0 2x1x1x0 xxxxxxx xx1x1x0", "0000000 xxxxxxx xxxxxxx xxxxxxx xxxxxx0");

  describe.each([
    ["by default", {}],
    ["softened, by element, of labelled pixels", { temperature: 3, reduction: "element", labels }],
  ] as const)("%s", (_, options) => {
    itDistils((s, t) => pixelDistillation(s, t, options), student, teacher);
  });

  it("is what loops compute", () => {
    const maps = [mapsOf(student), mapsOf(teacher)] as const;
    for (const temperature of [1, 3])
      for (const reduction of ["pixel", "element"] as const) {
        const all = pixelDistillation(student, teacher, { temperature, reduction });
        assertClose(all, pixelKL(...maps, { temperature, reduction }), 1e-5);
        const labelled = pixelDistillation(student, teacher, { temperature, reduction, labels: only });
        assertClose(labelled, pixelKL(...maps, { temperature, reduction, kept: labelsOf(only) }), 1e-5);
      }
  });

  it("is knowledgeDistillation of the pixels by default", () => {
    const pixels = (x: tf.Tensor) => tf.reshape(x, [-1, channels]) as tf.Tensor2D;
    const expected = knowledgeDistillation(pixels(student), pixels(teacher), { temperature: 1 });
    assertClose(pixelDistillation(student, teacher), expected, 1e-6);
  });

  it("takes labels of any size, and lets pixels that are left out hold NaN", () => {
    const large = scatteredLabels([batch, 17, 25], [[0, 1, 255], [1, 2, 255]]); // prettier-ignore
    const small = labelsAt(large, rows, columns);
    const poisoned = tf.where(tf.expandDims(tf.equal(small, 255), -1), tf.fill(student.shape, NaN), student);
    const expected = pixelDistillation(student, teacher, { labels: small });
    assertClose(pixelDistillation(student, teacher, { labels: large }), expected, 0);
    assertClose(pixelDistillation(poisoned as tf.Tensor4D, teacher, { labels: large }), expected, 0);
  });

  it("refuses what it cannot compute with", () => {
    expect(() => pixelDistillation(student, wide)).toThrow("pixelDistillation: expected `teacher` of shape");
    expect(() => pixelDistillation(student, teacher, { temperature: 0 })).toThrow(
      "pixelDistillation: expected a finite `temperature` > 0, got 0.",
    );
    expect(() => pixelDistillation(student, teacher, { reduction: "sum" as never })).toThrow(
      "pixelDistillation: `reduction` must be one of pixel, element, got sum.",
    );
    expect(() => pixelDistillation(student, teacher, { labels: labelMaps("9 9", "9 9") })).toThrow(
      "pixelDistillation: expected `labels` in 0 … 2 (classes=3) or `ignore` 255, got 9 in image 0 at row 0, column 0.",
    );
  });
});

describeOnEngines("channelDistillation (CWD)", () => {
  itDistils((s, t) => channelDistillation(s, t), student, teacher);

  it("is what loops compute: temperature² times the mean over channels and images", () => {
    const channel = (maps: Maps, b: number, c: number, temperature: number) =>
      softmax(maps[b]!.map((pixel) => pixel[c]! / temperature));
    const [s, t] = [mapsOf(student), mapsOf(teacher)];
    for (const temperature of [1, 4]) {
      const each = [0, 1].flatMap((b) =>
        [0, 1, 2].map((c) =>
          klTerms(channel(t, b, c, temperature), channel(s, b, c, temperature)).reduce((x, y) => x + y, 0),
        ),
      );
      assertClose(channelDistillation(student, teacher, { temperature }), temperature ** 2 * meanOf(each), 1e-5);
    }
    assertClose(channelDistillation(student, teacher), channelDistillation(student, teacher, { temperature: 4 }), 0);
  });

  it("does not see a constant added to a channel", () => {
    const moved = tf.add(student, randomMaps([batch, 1, 1, channels], 5)) as tf.Tensor4D;
    assertClose(channelDistillation(moved, teacher), channelDistillation(student, teacher), 1e-5);
  });

  it("refuses other channels", () => {
    expect(() => channelDistillation(student, wide)).toThrow("channelDistillation: expected `teacher` of shape");
    expect(() => channelDistillation(student, teacher, { temperature: -1 })).toThrow("a finite `temperature` > 0");
  });
});

describeOnEngines("pairwiseDistillation (SKD)", () => {
  describe.each([
    ["by default", {}],
    ["of maxima", { patch: [2, 3], pooling: "max" }],
    ["of pixels", { patch: [1, 1] }],
  ] as const satisfies readonly (readonly [string, PairwiseDistillationOptions])[])("%s", (_, options) => {
    itDistils((s, t) => pairwiseDistillation(s, t, options), student, wide);
  });

  /** One vector for each patch of an image, of the pixels that it has. */
  const nodes = (pixels: Maps[number], [height, width]: readonly [number, number], pooling: "average" | "max") => {
    const starts = (size: number, step: number) => Array.from({ length: Math.ceil(size / step) }, (_, i) => i * step);
    return starts(rows, height).flatMap((top) =>
      starts(columns, width).map((left) => {
        const inside = (n: number, from: number, size: number) => n >= from && n < from + size;
        const own = pixels.filter((_, n) => inside(Math.floor(n / columns), top, height) && inside(n % columns, left, width)); // prettier-ignore
        return pixels[0]!.map((_, c) => {
          const values = own.map((pixel) => pixel[c]!);
          return pooling === "max" ? Math.max(...values) : meanOf(values);
        });
      }),
    );
  };

  it.each([
    [{ patch: [2, 3], pooling: "average" }, [2, 3]],
    [{ patch: [2, 3], pooling: "max" }, [2, 3]],
    [{ patch: [1, 1], pooling: "average" }, [1, 1]],
    [{ patch: [9, 9], pooling: "max" }, [9, 9]],
    [{}, [2, 3]], // half of 5 × 7
  ] as const)("is what loops compute with %j", (options, patch) => {
    const pooling = "pooling" in options ? options.pooling : "average";
    const [s, t] = [mapsOf(student), mapsOf(wide)];
    const each = [0, 1].map((b) => {
      const [f, g] = [nodes(s[b]!, patch, pooling), nodes(t[b]!, patch, pooling)];
      return meanOf(f.flatMap((x, i) => f.map((y, j) => (dot(unit(x), unit(y)) - dot(unit(g[i]!), unit(g[j]!))) ** 2)));
    });
    assertClose(pairwiseDistillation(student, wide, options), meanOf(each), 1e-5);
  });

  it("does not see the lengths of a network's features, nor rotations", () => {
    assertClose(pairwiseDistillation(tf.mul(student, 7), wide), pairwiseDistillation(student, wide), 1e-6);
    assertClose(pairwiseDistillation(tf.reverse(student, 3), wide), pairwiseDistillation(student, wide), 1e-6);
  });

  it("is finite where a patch is zeros", () => {
    const [forStudent] = gradients((s, t) => pairwiseDistillation(s, t), tf.zerosLike(student), wide);
    expect(forStudent!.dataSync().every(Number.isFinite)).toBe(true);
  });

  it("refuses patches that are none, and other sizes", () => {
    expect(() => pairwiseDistillation(student, wide, { patch: [0, 1] })).toThrow(
      "pairwiseDistillation: `patch[0]` must be a whole number of at least 1, got 0.",
    );
    expect(() => pairwiseDistillation(student, wide, { pooling: "mean" as never })).toThrow(
      "pairwiseDistillation: `pooling` must be one of average, max, got mean.",
    );
    expect(() => pairwiseDistillation(student, randomMaps([batch, 3, 7, 2], 1))).toThrow(
      "pairwiseDistillation: expected `teacher` of shape [batch, rows, columns, teacherChannels]",
    );
  });
});

describeOnEngines("intraClassDistillation (IFVD)", () => {
  describe.each(["image", "batch"] as const)("with centres of each %s", (scope) => {
    const loss: Loss = (s, t) => intraClassDistillation(s, t, labels, { classes, scope });
    itDistils(loss, student, wide);

    it("is what loops compute", () => {
      const y = labelsOf(labels);
      const variations = (maps: Maps, images: readonly number[]) => {
        const pixels = images.flatMap((b) => maps[b]!.map((f, n) => ({ f, y: y[b]![n]! }))).filter(({ y }) => y >= 0);
        const centre = (c: number) => {
          const own = pixels.filter(({ y }) => y === c).map(({ f }) => f);
          return own[0]!.map((_, i) => meanOf(own.map((f) => f[i]!)));
        };
        return pixels.map(({ f, y }) => dot(unit(f), unit(centre(y))));
      };
      const each = groups(batch, scope).map((images) => {
        const [s, t] = [variations(mapsOf(student), images), variations(mapsOf(wide), images)];
        return meanOf(s.map((v, n) => (v - t[n]!) ** 2));
      });
      assertClose(loss(student, wide), meanOf(each), 1e-5);
    });

    it("is 0 with a gradient of 0 if everything is ignored", () => {
      const nothing = tf.fill([batch, 9, 13], 255, "int32") as tf.Tensor3D;
      const none: Loss = (s, t) => intraClassDistillation(s, t, nothing, { classes, scope });
      assertClose(none(student, wide), 0, 0);
      assertClose(gradients(none, student, wide)[0]!, tf.zeros(student.shape), 0);
    });

    it("does not see ignored pixels, nor classes without a pixel", () => {
      const other = tf.where(tf.expandDims(tf.equal(labels, 255), -1), randomMaps(student.shape, 9), student);
      assertClose(loss(other as tf.Tensor4D, wide), loss(student, wide), 0);
      const more = intraClassDistillation(student, wide, labels, { classes: classes + 5, scope });
      assertClose(more, loss(student, wide), 1e-6);
    });
  });

  it("does not see an image without labels", () => {
    const one = <T extends tf.Tensor>(x: T) => tf.slice(x, [0], [1]);
    const y = tf.concat([one(labels), tf.fill([1, rows, columns], 255, "int32")]) as tf.Tensor3D;
    const alone = intraClassDistillation(one(student), one(wide), one(labels), { classes });
    assertClose(intraClassDistillation(student, wide, y, { classes }), alone, 1e-6);
  });

  it("is 0 where each class has one pixel, which is its centre", () => {
    const y = labelMaps("0xx x1x");
    const [s, t] = [randomMaps([1, 2, 3, 3], 1), randomMaps([1, 2, 3, 5], 2)];
    assertClose(intraClassDistillation(s, t, y, { classes: 2 }), 0, 1e-6);
  });

  it("refuses what it cannot compute with", () => {
    expect(() => intraClassDistillation(student, wide, labels, { classes: 2 })).toThrow(
      "intraClassDistillation: expected `labels` in 0 … 1 (classes=2) or `ignore` 255, got 2 in image 1",
    );
    expect(() => intraClassDistillation(student, wide, labels, { classes, scope: "all" as never })).toThrow(
      "intraClassDistillation: `scope` must be one of image, batch, got all.",
    );
    expect(() => intraClassDistillation(student, randomMaps([batch, 3, 7, 2], 1), labels, { classes })).toThrow(
      "intraClassDistillation: expected `teacher` of shape",
    );
  });
});
