import { rng } from "@fovea/nn";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { earthPhotos } from "../src/rendering/backgrounds.js";
import { compose } from "../src/rendering/compose.js";
import { cutOut, type Cutout } from "../src/rendering/cut-out.js";
import { drawPose, sideOf, type Pose, type Variation } from "../src/rendering/pose.js";

const still: Variation = { rotation: 0, tilt: 0, scale: [1, 1], shift: 0, light: 0, blur: 0, background: "white" };
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128" viewBox="0 0 8 8">
  <path fill="#c40" opacity=".5" d="M1 1h3v5z"/><circle cx="5" cy="5" r="2" fill="#06d"/></svg>`;

/** A cut-out of opaque red, green and blue stripes, and its middle column. */
const flat = (size: number, rgb: readonly [number, number, number]): Cutout => ({
  size,
  data: Uint8Array.from({ length: size * size * 4 }, (_, i) => (i % 4 === 3 ? 255 : rgb[i % 4]!)),
});
const corner = (at: Pose, x: number, y: number) =>
  [at.ux * x + at.uy * y + at.u0, at.vx * x + at.vy * y + at.v0] as const;

describe("compose", () => {
  it("is what sharp lays over white, where nothing varies", async () => {
    const size = 29;
    const expected = await sharp(Buffer.from(SVG), { density: (72 * size) / 128 })
      .flatten({ background: "#fff" })
      .raw()
      .toBuffer();
    const image = compose(await cutOut(Buffer.from(SVG), size), drawPose(rng(0), still), null, size);
    expect(image.length).toBe(expected.length);
    image.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1));
  });

  it("turns by a quarter exactly", () => {
    const size = 5;
    const data = Uint8Array.from({ length: size * size * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i * 37) % 251));
    const pose: Pose = { ...drawPose(rng(0), still), ux: 0, uy: 1, vx: -1, vy: 0 };
    const image = compose({ size, data }, pose, null, size);
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++)
        expect(image[3 * (row * size + column)]).toBe(data[4 * ((size - 1 - column) * size + row)]);
  });

  it("covers side² of the image, the tilt included", () => {
    const size = 200;
    for (let seed = 0; seed < 7; seed++) {
      const pose = drawPose(rng(seed), { ...still, rotation: 20, tilt: 60, scale: [0.4, 0.6], shift: 1 });
      const image = compose(flat(size, [0, 0, 0]), pose, null, size);
      const covered = image.reduce((sum, value) => sum + 255 - value, 0) / (255 * image.length);
      expect(covered / sideOf(pose) ** 2).toBeCloseTo(1, 1);
    }
  });

  it("multiplies the colours by the gain and stops at white", () => {
    const pose: Pose = { ...drawPose(rng(0), still), gain: [0.5, 1, 1.5] };
    expect([...compose(flat(3, [100, 100, 200]), pose, null, 3).subarray(12, 15)]).toEqual([50, 100, 255]);
  });

  it("puts a piece of a photo behind", async () => {
    const photos = await earthPhotos();
    const empty: Cutout = { size: 2, data: new Uint8Array(16) };
    for (let seed = 0; seed < 7; seed++) {
      const pose = drawPose(rng(seed), still);
      const image = compose(empty, pose, photos, 31);
      const { data } = photos[Math.floor(pose.backdrop.photo * photos.length)]!;
      expect(Buffer.from(data).includes(Buffer.from(image.subarray(0, 3)))).toBe(true);
    }
  });
});

describe("drawPose", () => {
  it("keeps an upright drawing inside of the image", () => {
    for (let seed = 0; seed < 101; seed++) {
      const pose = drawPose(rng(seed), { ...still, scale: [0.3, 1], shift: 1, tilt: 0 });
      for (const [x, y] of [
        [-0.5, -0.5],
        [0.5, 0.5],
      ] as const) {
        const [u, v] = corner(pose, x, y); // outside of the drawing, or on its border
        expect(Math.min(Math.abs(u), Math.abs(v))).toBeGreaterThanOrEqual(0.5 - 1e-6);
      }
    }
  });

  it("stays within what varies", () => {
    for (let seed = 0; seed < 101; seed++) {
      const { ux, uy, vx, vy, gain } = drawPose(rng(seed), { ...still, rotation: 30, scale: [0.5, 0.8], light: 0.1 });
      const side = 1 / Math.sqrt(ux * vy - uy * vx);
      expect(side).toBeGreaterThanOrEqual(0.5);
      expect(side).toBeLessThanOrEqual(0.8);
      expect(Math.abs(Math.atan2(uy, ux)) * (180 / Math.PI)).toBeLessThanOrEqual(30);
      expect(vx).toBeCloseTo(-uy, 12);
      for (const factor of gain) expect(Math.abs(factor - 1)).toBeLessThanOrEqual(0.1 + 1e-6);
    }
  });
});
