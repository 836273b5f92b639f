import { rename } from "node:fs/promises";
import { needleSigns, type Scene } from "@fovea/open-datasets";
import sharp from "sharp";
import type { Layout } from "./protocol.js";

const MOST_SIGNS = 20;
/** Of the picture that one sign may take, in pixels: with fewer there would be no room. */
const ROOM = 25_000;

/** The picture of a side: a needle among other signs, as many as have room. */
export async function sceneOf(side: number): Promise<Scene> {
  const distractors = Math.min(MOST_SIGNS, Math.max(0, Math.floor(side ** 2 / ROOM) - 1));
  const { train } = await needleSigns({ side, distractors, scenes: { train: 2, validation: 1, test: 1 } });
  return train[1]!; // the first has no needle
}

/** Writes it; `path` is there when all of it is. A Deep Zoom picture is made from the TIFF beside it. */
export async function writePicture(side: number, layout: Layout, path: string): Promise<void> {
  if (layout === "tiff") return (await sceneOf(side)).write(path);
  const base = path.replace(/\.dzi$/, "");
  const all = sharp(`${base}.tif`, { limitInputPixels: false });
  await all.jpeg({ quality: 90 }).tile({ layout: "dz", size: 256 }).toFile(`${base}.part`); // as good as the TIFF
  await rename(`${base}.part_files`, `${base}_files`);
  await rename(`${base}.part.dzi`, path); // the last: what is looked for
}
