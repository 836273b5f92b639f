import type { Pixels, Region } from "@fovea/nn";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage } from "../decode-image.js";
import { plainPixels, WHITE } from "../../image.js";
import { ImageFileError, NO_SUCH_FILE, reasonOf } from "../../image-file-error.js";
import type { PyramidLevel } from "../../tiles/pyramid-source.js";
import type { TiledImageOptions } from "./tiled-image-options.js";

/** The description in a .dzi file. */
interface DeepZoom {
  readonly width: number;
  readonly height: number;
  readonly tileSize: number;
  /** Pixels that a tile shares with each neighbour. */
  readonly overlap: number;
  readonly format: string;
}

const TILE_PIXELS = 2 ** 26;
/** A list of rectangles that there are tiles of. */
const PARTS = /<(?:\w+:)?DisplayRects\b[^]*<\/(?:\w+:)?DisplayRects>/;

/**
 * The resolutions of a Deep Zoom image: `name.dzi` says the sizes, `name_files/level/column_row.format` are the
 * tiles.
 *
 * @throws ImageFileError if the file does not say the sizes, or the folder lacks the full resolution
 */
export async function deepZoomLevels(
  path: string,
  options: TiledImageOptions,
): Promise<[PyramidLevel, ...PyramidLevel[]]> {
  const zoom = deepZoomOf(path, await readFile(path, "utf8"));
  const folder = path.replace(/\.dzi$/i, "_files");
  const names = new Set(await readdir(folder).catch(() => []));
  const top = Math.ceil(Math.log2(Math.max(zoom.width, zoom.height)));
  if (!names.has(`${top}`)) throw new ImageFileError(path, `the folder ${folder} lacks the full resolution, ${top}`);
  const levels: PyramidLevel[] = [];
  for (let level = top; level >= 0 && names.has(`${level}`); level--)
    levels.push(levelOf(path, zoom, join(folder, `${level}`), 2 ** (top - level), options));
  return levels as [PyramidLevel, ...PyramidLevel[]];
}

function deepZoomOf(path: string, description: string): DeepZoom {
  const xml = description.replace(PARTS, ""); // which have widths and heights of their own
  const text = (attribute: string, isValid: (value: string) => boolean): string => {
    const value = new RegExp(`\\b${attribute}\\s*=\\s*["']([^"']*)["']`).exec(xml)?.[1];
    if (value !== undefined && isValid(value)) return value;
    throw new ImageFileError(path, `this is no Deep Zoom description: \`${attribute}\` is ${value ?? "missing"}`);
  };
  const wholeNumber = (attribute: string, least: number): number =>
    Number(text(attribute, (value) => Number.isSafeInteger(Number(value)) && Number(value) >= least));
  const sizes = {
    width: wholeNumber("Width", 1),
    height: wholeNumber("Height", 1),
    tileSize: wholeNumber("TileSize", 1),
  };
  return { ...sizes, overlap: wholeNumber("Overlap", 0), format: text("Format", (value) => /^\w+$/.test(value)) };
}

function levelOf(
  path: string,
  zoom: DeepZoom,
  folder: string,
  step: number,
  { background = WHITE, profile = "ignore", missing }: TiledImageOptions,
): PyramidLevel {
  const { tileSize, overlap, format } = zoom;
  const [width, height] = [Math.ceil(zoom.width / step), Math.ceil(zoom.height / step)];
  const read = async (block: Region): Promise<Pixels> => {
    const [column, row] = [block.left / tileSize, block.top / tileSize];
    const tile = `${column}_${row}.${format}`;
    const [left, top] = [column > 0 ? overlap : 0, row > 0 ? overlap : 0];
    const expected = {
      width: left + block.width + Math.min(overlap, width - block.left - block.width),
      height: top + block.height + Math.min(overlap, height - block.top - block.height),
    };
    const crop = (size: { readonly width: number; readonly height: number }) => {
      if (size.width !== expected.width || size.height !== expected.height)
        throw new ImageFileError(
          tile,
          `it is of ${size.width} × ${size.height} pixels instead of ${expected.width} × ${expected.height}`,
        );
      return { left, top, width: block.width, height: block.height };
    };
    const reading = decodeImage(join(folder, tile), { crop, background, profile, limitInputPixels: TILE_PIXELS });
    return reading.catch((error: unknown) => {
      const reason = reasonOf(error);
      if (reason === NO_SUCH_FILE && missing) return plainPixels(block, missing);
      const hint = reason === NO_SUCH_FILE ? "; `missing` says what to show if blank tiles were left out" : "";
      throw new ImageFileError(path, `tile ${folder}/${tile}: ${reason}${hint}`);
    });
  };
  return { width, height, blockWidth: tileSize, blockHeight: tileSize, step, read };
}
