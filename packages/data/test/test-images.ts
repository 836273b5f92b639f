import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { rng, type Pixels } from "@fovea/nn";
import sharp, { type Color, type Sharp } from "sharp";
import { afterAll } from "vitest";
import type { ImageItem } from "../src/index.js";

/** Noise: no two pixels alike, so that any misplaced one shows. */
export const noise = (width: number, height: number, seed = 0): Pixels => ({
  width,
  height,
  channels: 3,
  data: new Uint8Array(rng(seed).uint32(width * height * 3)), // the low byte of each
});

/** One color all over. */
export const plain = (width: number, height: number, color: readonly number[]): Pixels => ({
  width,
  height,
  channels: 3,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => color[i % 3]!),
});

/** An item in memory that counts how often it is loaded. */
export function item(id: string, pixels: Pixels, label = 0): ImageItem & { readonly loads: () => number } {
  let loads = 0;
  const load = () => {
    loads++;
    return Promise.resolve(pixels);
  };
  return { id, label, load, loads: () => loads };
}

/** A sharp image of one color. */
export const drawn = (background: Color, width = 8, height = 6, channels: 3 | 4 = 3): Sharp =>
  sharp({ create: { width, height, channels, background } });

/** A noisy image, large enough to be cut short in the middle of its pixels. */
export const noisyImage = (): Sharp => {
  const { data, width, height } = noise(64, 48);
  return sharp(data, { raw: { width, height, channels: 3 } });
};

/**
 * A temporary folder with these files. It is removed after the tests of the file: by the hook below where the file has
 * a process of its own, else with all temporary files.
 */
export async function folderOf(files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "fovea-data-"));
  afterAllRoots.push(root);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

const afterAllRoots: string[] = [];
afterAll(async () => {
  await Promise.all(afterAllRoots.map((root) => rm(root, { recursive: true, force: true })));
});

/**
 * A JPEG of `outer` with a rectangle of `inner`; sides and place are multiples of 8, so that its blocks are of one
 * color.
 */
export const framed = (outer: Color, inner: Color, [left, top, width, height]: readonly number[], size = [48, 40]) =>
  drawn(outer, size[0], size[1])
    .composite([
      { input: { create: { width: width!, height: height!, channels: 3, background: inner } }, left: left!, top: top! },
    ])
    .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
    .toBuffer();

/** The colors of an image, to the nearest of black and full in each channel: "f00" for reds. */
export const colorsOf = ({ data }: Pixels): string[] => [
  ...new Set(
    Array.from({ length: data.length / 3 }, (_, i) =>
      [0, 1, 2].map((c) => (data[3 * i + c]! > 127 ? "f" : "0")).join(""),
    ),
  ),
];
