import { rng } from "@fovea/nn";
import { assertClose, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { cutmix, mixup, type MixOptions } from "../../src/index.js";
import { betaSample } from "../../src/mixing/beta-sample.js";
import { randomBox } from "../../src/mixing/cutmix.js";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";

const classes = 5;
const labels = () => tf.tensor1d([0, 3, 1, 4, 3, 2, 2], "int32");
const shapes = [
  [7, 3, 5, 2],
  [7, 2, 3, 5, 3],
];
const options = (alpha: number, seed = 0): MixOptions => ({ classes, alpha, rng: rng(seed) });

describeOnEngines("mixup", () => {
  it.each([...shapes, [7, 3], [7, 2, 3]])(
    "is λ x + (1 − λ) x[π] with targets in the same shares, [%j…]",
    (...shape) => {
      const images = randomTensor(shape);
      const { images: mixed, targets } = mixup(images, labels(), options(0.7, 3));
      const share = betaSample(rng(3).split("share"), 0.7);
      const order = [...rng(3).split("order").permutation(7)];
      expect(share).toBeGreaterThan(0.05); // or the test would show nothing
      expect(share).toBeLessThan(0.95);
      const mix = (x: tf.Tensor) => tf.add(tf.mul(x, share), tf.mul(tf.gather(x, order), 1 - share));
      assertClose(mixed, mix(images));
      assertClose(targets, mix(tf.oneHot(labels(), classes)));
      expect([mixed.shape, targets.shape, targets.dtype]).toEqual([shape, [7, classes], "float32"]);
    },
  );
});

describeOnEngines("cutmix", () => {
  it.each(shapes)(
    "has each pixel from its own image or its partner, in the shares of its targets, [%j…]",
    (...shape) => {
      const partners = new Set<number>();
      for (let seed = 0; seed < 8; seed++) {
        const id = tf.reshape(tf.range(0, 7), [7, ...shape.slice(1).map(() => 1)]); // image b is b all over
        const { images, targets } = cutmix(tf.add(tf.zeros(shape), id), labels(), options(1, seed));
        const order = [...rng(seed).split("order").permutation(7)];
        const given = labels().dataSync();
        const rows = targets.arraySync();
        tf.unstack(images).forEach((image, b) => {
          const values = [...image.dataSync()];
          expect(values.every((value) => value === b || value === order[b])).toBe(true);
          const own = values.filter((value) => value === b).length / values.length;
          const share = order[b] === b ? 0.5 : own;
          const expected = Array.from({ length: classes }, (_, c) => (given[b] === c ? share : 0) + (given[order[b]!] === c ? 1 - share : 0)); // prettier-ignore
          rows[b]!.forEach((target, c) => expect(target).toBeCloseTo(expected[c]!, 6));
          partners.add(Math.round(own * 1000));
        });
        assertClose(tf.sum(targets, 1), tf.ones([7]));
      }
      expect(partners.size).toBeGreaterThan(4); // boxes of many sizes
    },
  );

  it("cuts the same box of every view and channel, and copies what is inside unchanged, NaN or not", () => {
    const shape = [2, 2, 4, 6, 3];
    const images = tf.concat([tf.fill([1, ...shape.slice(1)], NaN), randomTensor([1, ...shape.slice(1)])]);
    const seed = [...Array(20).keys()].find((s) => rng(s).split("order").permutation(2)[0] === 1)!;
    const [first, second] = tf.unstack(cutmix(images, tf.tensor1d([0, 1], "int32"), { ...options(1, seed), classes: 2 }).images); // prettier-ignore
    const missing = (x: tf.Tensor) => [...tf.isNaN(x).dataSync()];
    // the box is NaN in one, the rest in the other
    expect(missing(second!)).toEqual(missing(first!).map((is) => 1 - is));
    const inBox = tf.unstack(tf.reshape(tf.isNaN(first!), [2, 24, 3]), 2).flatMap((channel) => tf.unstack(channel));
    expect(new Set(inBox.map((plane) => String(plane.dataSync()))).size).toBe(1);
  });
});

describe("randomBox", () => {
  it("has the sides √(1 − λ) about its center, less what lies outside", () => {
    for (const [height, width] of [
      [5, 8],
      [1, 1],
      [7, 3],
    ] as const)
      for (let seed = 0; seed < 40; seed++) {
        const share = rng(seed).split("share").uniform(1)[0]!;
        const { top, bottom, left, right } = randomBox(rng(seed), height, width, share);
        for (const [from, to, side, name] of [
          [top, bottom, height, "row"],
          [left, right, width, "column"],
        ] as const) {
          const cut = Math.floor(side * Math.sqrt(1 - share));
          const center = rng(seed).split(name).integer(side);
          const inside = Array.from({ length: side }, (_, i) => i - center + Math.floor(cut / 2)).filter((at) => at >= 0 && at < cut); // prettier-ignore
          expect(to - from).toBe(inside.length);
          if (cut > 0) expect(from).toBe(Math.max(0, center - Math.floor(cut / 2)));
        }
      }
    const { top, bottom, left, right } = randomBox(rng(0), 4, 6, 1);
    expect([bottom - top, right - left]).toEqual([0, 0]);
  });
});

describe.each([
  ["mixup", mixup],
  ["cutmix", cutmix],
])("%s", (name, mix) => {
  const images = () => randomTensor([7, 4, 4, 3]);

  it("is the identity at λ = 1, alpha 0", () => {
    const x = images();
    const { images: same, targets } = mix(x, labels(), options(0));
    expect(same.dataSync()).toEqual(x.dataSync());
    assertClose(targets, tf.oneHot(labels(), classes));
  });

  it("mixes images of a single class, all of whose targets are 1", () => {
    const one = tf.zeros<tf.Rank.R1>([7], "int32");
    assertClose(mix(images(), one, { ...options(1), classes: 1 }).targets, tf.ones([7, 1]));
  });

  it("preserves the mean over the batch of images of one color, and of the targets", () => {
    const plain = tf.tile(tf.reshape(tf.range(0, 7), [7, 1, 1, 1]), [1, 4, 4, 3]) as tf.Tensor4D;
    for (let seed = 0; seed < 5; seed++) {
      const mixed = mix(plain, labels(), options(1, seed));
      assertClose(tf.mean(mixed.images, 0), tf.mean(plain, 0));
      assertClose(tf.mean(mixed.targets, 0), tf.mean(tf.oneHot(labels(), classes), 0));
    }
  });

  it("repeats for a stream of random numbers, and differs for another", () => {
    const x = images();
    const values = (seed: number) => String(mix(x, labels(), options(1, seed)).images.dataSync());
    expect(values(1)).toBe(values(1));
    expect(values(1)).not.toBe(values(2));
  });

  it("leaves two tensors and no more, and its input as it was", () => {
    const [x, y] = [images(), labels()];
    const before = x.dataSync().slice();
    assertNoLeak(() => mix(x, y, options(1)));
    const count = tf.memory().numTensors;
    const mixed = mix(x, y, options(1));
    expect(tf.memory().numTensors).toBe(count + 2);
    tf.dispose(mixed);
    expect(x.dataSync()).toEqual(before);
  });

  it("refuses what cannot be mixed", () => {
    const x = images();
    const refusal = (images: tf.Tensor, given: tf.Tensor1D, more: Partial<MixOptions> = {}) =>
      expect(() => mix(images, given, { ...options(1), ...more }));
    refusal(x, labels(), { classes: 4 }).toThrow(`${name}: expected labels of 0 … 3, got 4.`);
    refusal(x, tf.tensor1d([0, 1, 2, -1, 0, 0, 0], "int32")).toThrow("expected labels of 0 … 4, got -1.");
    refusal(x, tf.zeros([6], "int32")).toThrow(
      `${name}: expected \`images\` [batch, …] and \`labels\` [batch], got [7, 4, 4, 3] and [6].`,
    );
    refusal(x, tf.zeros([7])).toThrow(`${name}: expected \`labels\` to be int32, got float32.`);
    refusal(tf.zeros([7, 4, 4, 3], "int32"), labels()).toThrow(
      `${name}: expected \`images\` to be float32, got int32.`,
    );
    refusal(x, labels(), { alpha: -1 }).toThrow(`${name}: \`alpha\` must be at least 0, got -1.`);
    refusal(x, labels(), { alpha: NaN }).toThrow(`${name}: \`alpha\` must be at least 0, got NaN.`);
    refusal(x, labels(), { classes: 0 }).toThrow(`${name}: \`classes\` must be a whole number of at least 1, got 0.`);
  });
});

describe("cutmix", () => {
  it("refuses tensors without height and width", () => {
    expect(() => cutmix(tf.zeros([7, 4, 3]), labels(), options(1))).toThrow(
      "cutmix: expected `images` [batch, …, height, width, channels], got [7, 4, 3].",
    );
  });
});
