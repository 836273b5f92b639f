import type { Pixels, Region } from "@fovea/nn";
import { plainPixels, WHITE, type Color } from "../image.js";
import { isMissing, tiffBlocks } from "./tiff-blocks.js";
import { toRgbOf } from "./tiff-colors.js";
import type { TiffDirectory } from "./tiff-directory.js";
import type { TiffOptions } from "./tiff-options.js";
import { CMYK, samplesRead } from "./tiff-samples.js";
import { copyIntersection, intersectionOf } from "./tile-source.js";

/** Reads a rectangle of a page, before orientation. */
export type ReadRegion = (region: Region) => Promise<Pixels>;

/** The page with `color` where tiles or strips are left out; those beside them are read one by one. */
export function withMissingBlocks(directory: TiffDirectory, color: Color, read: ReadRegion): ReadRegion {
  return async (region) => {
    const blocks = tiffBlocks(directory, region);
    const missing = await Promise.all(blocks.map(({ index }) => isMissing(directory, index)));
    if (!missing.includes(true)) return read(region);
    const pixels = plainPixels(region, color);
    for (const block of blocks.filter((_, i) => !missing[i])) {
      const part = intersectionOf(block, region);
      copyIntersection(region, pixels.data, part, (await read(part)).data);
    }
    return pixels;
  };
}

/** The sample that stands for none: what GDAL_NODATA says if a sample can be that, else 0. */
export async function nodataOf({ samples, tag }: TiffDirectory): Promise<number> {
  const { bits, format } = samples;
  const nodata = await tag("GDAL_NODATA");
  const value = typeof nodata === "string" ? Number(nodata.replace(/\0.*$/s, "").trim()) : 0;
  if (format === 3) return value;
  const [least, most] = format === 2 ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  return Number.isInteger(value) && value >= least && value <= most ? value : 0;
}

/** The default color of a page where nothing is stored. */
export async function nodataColor(name: string, directory: TiffDirectory, options: TiffOptions): Promise<Color> {
  if (directory.samples.photometric === CMYK) return WHITE; // no ink
  const pixel = new Float64Array(samplesRead(directory.samples).length).fill(await nodataOf(directory));
  const [r, g, b] = (await toRgbOf(name, directory, options))(pixel);
  return [r!, g!, b!];
}
