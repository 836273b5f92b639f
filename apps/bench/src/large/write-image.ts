import { rename } from "node:fs/promises";
import { needleSigns, type Scene } from "@fovea/open-datasets";
import sharp from "sharp";
import type { Layout } from "./protocol.js";

const MAX_SIGNS = 20;
/** Pixels of the image for each sign: with fewer there would be no room. */
const PIXELS_PER_SIGN = 25_000;

/** The scene of a side: a needle among other signs, as many as have room. */
export async function sceneOf(side: number): Promise<Scene> {
  const distractors = Math.min(MAX_SIGNS, Math.max(0, Math.floor(side ** 2 / PIXELS_PER_SIGN) - 1));
  const { train } = await needleSigns({ side, distractors, scenes: { train: 2, validation: 1, test: 1 } });
  return train[1]!; // the first has no needle
}

/** Writes a scene's image; `path` is there once all of it is. A Deep Zoom image is made from the TIFF beside it. */
export async function writeImage(side: number, layout: Layout, path: string): Promise<void> {
  if (layout === "tiff") return (await sceneOf(side)).write(path);
  const base = path.replace(/\.dzi$/, "");
  const full = sharp(`${base}.tif`, { limitInputPixels: false });
  await full.jpeg({ quality: 90 }).tile({ layout: "dz", size: 256 }).toFile(`${base}.part`); // as good as the TIFF
  await rename(`${base}.part_files`, `${base}_files`);
  await rename(`${base}.part.dzi`, path); // the last: what is looked for
}
