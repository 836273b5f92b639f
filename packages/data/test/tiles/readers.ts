import type { Pixels, Region } from "@fovea/nn";
import { geotiffSource } from "../../src/index.js";
import { tiledImage } from "../../src/node/index.js";
import type { FileSource, GeotiffOptions } from "../../src/index.js";

/** What both readers of TIFFs take. */
export type ReaderOptions = Pick<GeotiffOptions, "background" | "range" | "page" | "missing" | "cache">;

/** Both, by name: for `describe.each`. */
export const READERS: readonly (readonly [string, (path: string, options?: ReaderOptions) => Promise<FileSource>])[] = [
  ["tiledImage", tiledImage],
  ["geotiffSource", geotiffSource],
];

/** All of an image. */
export const allOf = ({ width, height }: Pick<Pixels, "width" | "height">): Region => ({
  ...{ left: 0, top: 0, width, height },
});

/** Colour (20 x, 30 y, 90) at every pixel. */
export function ramps(width: number, height: number): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i += 3) data.set([(20 * x) & 255, (30 * y) & 255, 90], i);
  return { width, height, channels: 3, data };
}

/** Grey pixels of these values. */
export const greys = (width: number, height: number, values: ArrayLike<number>): Pixels => ({
  ...{ width, height, channels: 3 },
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => values[Math.floor(i / 3)]!),
});

/** "80×48 40×24" */
export const sizesOf = (text: string): (readonly [width: number, height: number])[] =>
  text.split(" ").map((size) => size.split("×").map(Number) as [number, number]);
