import { describe, expect, it } from "vitest";
import { defaultVariation } from "@fovea/open-datasets";
import { renderings } from "../src/rendering/renderings.js";

const still = {
  ...defaultVariation,
  rotation: 0,
  tilt: 0,
  scale: [1, 1],
  shift: 0,
  light: 0,
  background: "white",
} as const;
/** 32 of them, black on white. */
const STRIPES = Buffer.from(
  `<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128"><path fill="#fff" d="M0 0h128v128H0z"/>
  ${Array.from({ length: 16 }, (_, i) => `<path d="M${8 * i} 0h4v128h-4z"/>`).join("")}</svg>`,
);

/** Red values of one row, and the rest of the item. */
async function row(size: number, variation: Partial<typeof defaultVariation>, maker = "test", at = 0) {
  const options = { maker, size, variation: { ...still, ...variation }, seed: 0 };
  const item = renderings(STRIPES, { thing: "stripes", label: 3, design: "g1" }, at + 1, options)[at]!;
  const { data } = await item.load();
  const middle = 3 * size * Math.floor(size / 2);
  return { ...item, values: Array.from({ length: size }, (_, column) => data[middle + 3 * column]!) };
}

describe("renderings", () => {
  it("names thing, design and number, and groups by design", async () => {
    const { id, label, group } = await row(8, {}, "test", 1);
    expect({ id, label, group }).toEqual({ id: "stripes/g1/1", label: 3, group: "g1" });
  });

  it("differs between two makers of sets", async () => {
    const photo = { background: "photo", scale: [0.3, 0.5] } as const;
    expect((await row(31, photo, "one")).values).not.toEqual((await row(31, photo, "other")).values);
  });

  it("shrinks stripes that are finer than pixels to grey, not to coarser stripes", async () => {
    const size = 64; // 32 stripes in 15 pixels
    const { values } = await row(size, { scale: [0.23, 0.23] });
    for (const value of values.slice(27, 37)) expect(Math.abs(value - 127.5)).toBeLessThan(12);
    expect(values.slice(0, 22)).toEqual(Array.from({ length: 22 }, () => 255));
  });

  it("blurs by up to what varies, and not at 0", async () => {
    const contrast = (values: readonly number[]) => Math.max(...values) - Math.min(...values);
    const sharp = (await row(64, {})).values.slice(16, 48);
    expect(contrast(sharp)).toBe(255);
    const blurred = await Promise.all([0, 1, 2, 3].map((at) => row(64, { blur: 4 }, "test", at)));
    const contrasts = blurred.map(({ values }) => contrast(values.slice(16, 48)));
    expect(Math.min(...contrasts)).toBeLessThan(30);
    expect(new Set(contrasts).size).toBeGreaterThan(1);
  });
});
