import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pkSampler } from "../src/index.js";

const labelled = (...sizes: number[]) => sizes.flatMap((size, label) => Array<number>(size).fill(label));

describe("pkSampler", () => {
  it("gives P different classes with K images each, all different where the class has as many", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 0, max: 2 ** 50 }),
        fc.nat(1000),
        (sizes, wanted, images, seed, step) => {
          const labels = labelled(...sizes).reverse();
          const classes = Math.min(wanted, sizes.length);
          const sampler = pkSampler({ labels, classes, images, seed });
          const { indices, labels: of } = sampler.sample(step);
          expect(sampler.stepsPerEpoch).toBe(Math.ceil(labels.length / (classes * images)));
          expect(Array.from(of)).toEqual(indices.map((index) => labels[index]));
          expect(indices.length).toBe(classes * images);
          expect(new Set(of).size).toBe(classes);
          for (const label of new Set(of)) {
            const own = indices.filter((_, i) => of[i] === label);
            expect(own.length).toBe(images);
            expect(new Set(own).size).toBe(Math.min(images, sizes[label]!));
            const counts = own.map((index) => own.filter((other) => other === index).length);
            expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1); // again only after all have come
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is a pure function of the step; steps and seeds differ", () => {
    const make = (seed = 3) => pkSampler({ labels: labelled(8, 8, 8, 8), classes: 3, images: 2, seed });
    const [sampler, again] = [make(), make()];
    const forwards = Array.from({ length: 9 }, (_, step) => sampler.sample(step));
    const backwards = Array.from({ length: 9 }, (_, i) => again.sample(8 - i)).reverse();
    expect(backwards).toEqual(forwards);
    expect(forwards[1]).not.toEqual(forwards[0]);
    expect(make(4).sample(0)).not.toEqual(forwards[0]);
  });

  it("draws classes as often whatever their size, and the images of a class as often", () => {
    const sampler = pkSampler({ labels: labelled(3, 12, 6, 4), classes: 2, images: 2 });
    const [ofClass, ofImage] = [Array<number>(4).fill(0), Array<number>(25).fill(0)];
    for (let step = 0; step < 1000; step++) {
      const { indices, labels } = sampler.sample(step);
      indices.forEach((index) => ofImage[index]!++);
      new Set(labels).forEach((label) => ofClass[label]!++);
    }
    for (const count of ofClass) expect(Math.abs(count - 500)).toBeLessThan(64); // 4 sd
    for (const count of ofImage.slice(3, 15)) expect(Math.abs(count - 1000 / 12)).toBeLessThan(36); // 4 sd
  });

  it("draws the images of each class independently of the others", () => {
    const sampler = pkSampler({ labels: labelled(5, 5), classes: 2, images: 1 });
    const same = Array.from({ length: 500 }, (_, step) => sampler.sample(step).indices.map((index) => index % 5));
    const alike = same.filter(([a, b]) => a === b).length;
    expect(Math.abs(alike - 100)).toBeLessThan(36); // 4 sd
  });

  it("leaves out or refuses classes with fewer images", () => {
    const options = { labels: labelled(2, 5, 3), classes: 2, images: 3 };
    const skipping = pkSampler({ ...options, whenFew: "skip" });
    for (let step = 0; step < 20; step++) expect([...skipping.sample(step).labels]).not.toContain(0);
    expect(skipping.stepsPerEpoch).toBe(2); // 8 images, 6 a batch
    expect(() => pkSampler({ ...options, whenFew: "error" })).toThrow(
      "pkSampler: class 0 has 2 images, fewer than the 3 of `images`.",
    );
    expect(() => pkSampler({ ...options, classes: 3, whenFew: "skip" })).toThrow(
      "pkSampler: `classes` is 3, but there are 2 classes with at least 3 images.",
    );
    expect(() => pkSampler({ ...options, classes: 4 })).toThrow("pkSampler: `classes` is 4, but there are 3 classes.");
  });

  it.each([
    [{ labels: [], classes: 1, images: 1 }, "`labels` is empty"],
    [{ labels: [0, 0.5], classes: 1, images: 1 }, "`labels[1]` must be a whole number of at least 0, got 0.5."],
    [{ labels: [0], classes: 0, images: 1 }, "`classes` must be a whole number of at least 1, got 0."],
    [{ labels: [0], classes: 1, images: 1.5 }, "`images` must be a whole number of at least 1, got 1.5."],
    [{ labels: [0], classes: 1, images: 1, whenFew: "mask" as "skip" }, "`whenFew` must be one of repeat, skip, error"],
  ])("refuses %j", (options, message) => {
    expect(() => pkSampler(options)).toThrow(message);
  });
});
