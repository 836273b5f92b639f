import { channelGroups, channelMask } from "@fovea/losses";
import { rng } from "@fovea/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { segmentsOf } from "../src/channel-groups.js";

const count = <T>(values: readonly T[], value: T): number => values.filter((x) => x === value).length;

describe("channelGroups", () => {
  it.each([
    [512, 200, 2, 88, 3, 112],
    [2048, 200, 10, 152, 11, 48],
    [512, 100, 5, 88, 6, 12],
    [2048, 100, 20, 52, 21, 48],
    [512, 196, 2, 76, 3, 120],
    [2048, 196, 10, 108, 11, 88],
  ])("shares %i channels out among %i classes as the paper's table 1", (channels, classes, q, small, q1, large) => {
    const groups = channelGroups(channels, classes);
    expect([count(groups, q), count(groups, q1)]).toEqual([small, large]);
    expect(groups).toEqual([...groups].sort((a, b) => a - b)); // small groups first
  });

  it("shares out every channel, as evenly as can be", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 200 }), (classes, more) => {
        const groups = channelGroups(classes + more, classes);
        expect(groups).toHaveLength(classes);
        expect(groups.reduce((a, b) => a + b)).toBe(classes + more);
        expect(Math.max(...groups) - Math.min(...groups)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it.each([
    [4, 5, "every class needs at least one channel, got 4 channels for 5 classes"],
    [4, 0, "for 0 classes"],
    [4.5, 2, "got 4.5 channels"],
  ])("refuses %d channels for %d classes", (channels, classes, message) =>
    expect(() => channelGroups(channels, classes)).toThrow(message),
  );
});

describe("segmentsOf", () => {
  it("gathers the classes that own equally many channels", () => {
    expect(segmentsOf([2, 1, 2])).toEqual([
      { size: 1, classes: [1], channels: [2] },
      { size: 2, classes: [0, 2], channels: [0, 1, 3, 4] },
    ]);
  });
});

describe("channelMask", () => {
  it.each(Array.from({ length: 12 }, (_, i) => i + 1))("drops ⌊ξ / 2⌋ of ξ = %i channels, and never all", (size) => {
    for (let step = 0; step < 20; step++) {
      const mask = channelMask([size, size], rng(0).split(step));
      for (const own of [mask.subarray(0, size), mask.subarray(size)]) {
        expect(count([...own], 0)).toBe(Math.floor(size / 2));
        expect(count([...own], 1)).toBe(Math.ceil(size / 2));
      }
    }
  });

  it("drops every channel equally often, and those of two classes independently of each other", () => {
    const steps = 3000;
    const dropped = Array.from({ length: 6 }, () => 0);
    const together = Array.from({ length: 9 }, () => 0);
    for (let step = 0; step < steps; step++) {
      const mask = channelMask([3, 3], rng(1).split(step));
      mask.forEach((kept, i) => (dropped[i]! += 1 - kept));
      together[3 * mask.indexOf(0) + mask.indexOf(0, 3) - 3]!++;
    }
    const within = (times: number, p: number) =>
      expect(Math.abs(times - p * steps)).toBeLessThan(4 * Math.sqrt(p * (1 - p) * steps));
    for (const times of dropped) within(times, 1 / 3);
    for (const times of together) within(times, 1 / 9);
  });

  it("is another one at every step, and the same for the same step", () => {
    const masks = Array.from({ length: 10 }, (_, step) => channelMask([3, 3, 3, 3], rng(0).split(step)).join());
    expect(new Set(masks).size).toBeGreaterThan(5);
    expect(channelMask([3, 3, 3, 3], rng(0).split(4)).join()).toBe(masks[4]);
  });
});
