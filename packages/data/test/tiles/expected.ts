import type { Pixels, Region } from "@fovea/nn";
import { expect } from "vitest";

/** Area average by the definition: every result against every pixel. */
export function averaged(
  { width, height, data }: Pixels,
  region: Region,
  scale: number,
): { readonly width: number; readonly height: number; readonly values: readonly number[] } {
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  const size = { width: side(region.width), height: side(region.height) };
  const overlap = (start: number, length: number, results: number, index: number, pixel: number) => {
    const share = length / results;
    const from = start + index * share;
    return Math.max(0, Math.min(from + share, pixel + 1) - Math.max(from, pixel)) / share;
  };
  const values: number[] = [];
  for (let j = 0; j < size.height; j++)
    for (let i = 0; i < size.width; i++)
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let y = 0; y < height; y++) {
          const down = overlap(region.top, region.height, size.height, j, y);
          if (down === 0) continue;
          for (let x = 0; x < width; x++)
            sum += down * overlap(region.left, region.width, size.width, i, x) * data[(y * width + x) * 3 + c]!;
        }
        values.push(sum);
      }
  return { ...size, values };
}

/** A rectangle of an image by plain indexing, zero outside. */
export function sliced({ width, height, data }: Pixels, region: Region): Pixels {
  const out = new Uint8Array(region.width * region.height * 3);
  for (let y = 0; y < region.height; y++)
    for (let x = 0; x < region.width; x++) {
      const [u, v] = [x + region.left, y + region.top];
      if (u < 0 || v < 0 || u >= width || v >= height) continue;
      for (let c = 0; c < 3; c++) out[(y * region.width + x) * 3 + c] = data[(v * width + u) * 3 + c]!;
    }
  return { width: region.width, height: region.height, channels: 3, data: out };
}

/** The same size and bytes; quicker than `toEqual` on large arrays. */
export function expectSame(a: Pixels, b: Pixels): void {
  expect([a.width, a.height, a.channels]).toEqual([b.width, b.height, b.channels]);
  expect(Buffer.compare(a.data, b.data)).toBe(0);
}

/** Largest difference of two images of one size. */
export function difference(a: Pixels, b: Pixels): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}

/** Waves: lossy formats keep them well, and no two places near each other are alike. */
export function waves(width: number, height: number, slow = 1): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++, i++)
        data[i] = 128 + 90 * Math.sin((x / (17 + 5 * c) + y / (29 - 4 * c)) / slow) + 20 * Math.cos((x + y) / 61);
  return { width, height, channels: 3, data };
}
