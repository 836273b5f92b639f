import type { Pixels, Region } from "@fovea/nn";
import { sidesOf, type Size } from "../image.js";
import { DEFAULT_CONCURRENCY } from "./pyramid-source.js";
import { forEachConcurrently } from "./concurrency.js";
import type { TileSource } from "./tile-source.js";

/**
 * Whether a tile is kept.
 *
 * @param view - the tile at low resolution, the part of it that lies in the image
 * @param region - the tile, in full pixels
 */
export type KeepTile = (view: Pixels, region: Region) => boolean;

/** Bounds of a mean, both included. */
export interface MeanRange {
  /** Default 0. */
  readonly least?: number;
  /** Default: no bound. */
  readonly most?: number;
}

/**
 * Keeps tiles by their mean of all channels, 0 … 255: `{ most: 220 }` drops what is nearly white, `{ least: 10 }`
 * nearly black.
 */
export const byIntensity = (range: MeanRange): KeepTile => byMean("byIntensity", range, (r, g, b) => (r + g + b) / 3);

/**
 * Keeps tiles by the mean saturation of their pixels, (max − min) / max of the channels, 0 … 1: `{ least: 0.07 }` keeps
 * stained tissue.
 */
export const bySaturation = (range: MeanRange): KeepTile =>
  byMean("bySaturation", range, (r, g, b) => {
    const most = Math.max(r, g, b);
    return most === 0 ? 0 : (most - Math.min(r, g, b)) / most;
  });

function byMean(who: string, range: MeanRange, measure: (r: number, g: number, b: number) => number): KeepTile {
  const { least = 0, most = Infinity } = range;
  if (!(least <= most)) throw new RangeError(`${who}: expected \`least\` ≤ \`most\`, got ${least} and ${most}.`);
  return ({ data }) => {
    let sum = 0;
    for (let i = 0; i < data.length; i += 3) sum += measure(data[i]!, data[i + 1]!, data[i + 2]!);
    const mean = (3 * sum) / data.length;
    return mean >= least && mean <= most;
  };
}

/** Keeps tiles of which some channel varies by more than `difference` of 255: what is of one colour is empty. */
export function byContrast(difference: number): KeepTile {
  if (!(difference >= 0)) throw new RangeError(`byContrast: \`difference\` must be at least 0, got ${difference}.`);
  return ({ data }) => {
    const [least, most] = [
      [255, 255, 255],
      [0, 0, 0],
    ];
    for (let i = 0; i < data.length; i++) {
      const [c, value] = [i % 3, data[i]!];
      if (value < least[c]!) least[c] = value;
      if (value > most[c]!) most[c] = value;
    }
    return most.some((value, c) => value - least[c]! > difference);
  };
}

/** How `foregroundTiles` chooses tiles. */
export interface ForegroundOptions {
  /** Height and width of a tile, in pixels at full resolution; or one number for both. */
  readonly tile: Size;
  /** Scale at which tiles are read to choose them, in (0, 1]. Default: their longer side is 8 pixels. */
  readonly scale?: number;
  /** Whether a tile is kept. Default `byContrast(8)`: all tiles but those of one colour. */
  readonly keep?: KeepTile;
}

/**
 * The tiles of an image that show something, row by row: a grid from the upper left corner that covers all of it, of
 * which those stay that `keep` wants of their view at low resolution. The last ones of a row and a column may reach
 * outside.
 *
 * Read row by row, so that memory does not grow with the image.
 *
 * @throws RangeError unless `tile` is an integer of at least 1 and `scale` in (0, 1]
 */
export async function foregroundTiles(source: TileSource, options: ForegroundOptions): Promise<Region[]> {
  const [height, width] = sidesOf("foregroundTiles", options.tile, "tile");
  const { scale = Math.min(1, 8 / Math.max(width, height)), keep = byContrast(8) } = options;
  const kept: Region[] = [];
  for (let top = 0; top < source.height; top += height) {
    const row = Array.from({ length: Math.ceil(source.width / width) }, (_, i) => ({
      left: i * width,
      top,
      width,
      height,
    }));
    const wanted = new Set<Region>();
    await forEachConcurrently(row, DEFAULT_CONCURRENCY, async (region) => {
      if (keep(await source.read(insideOf(source, region), scale), region)) wanted.add(region);
    });
    kept.push(...row.filter((region) => wanted.has(region)));
  }
  return kept;
}

const insideOf = (source: TileSource, { left, top, width, height }: Region): Region => ({
  left,
  top,
  width: Math.min(width, source.width - left),
  height: Math.min(height, source.height - top),
});
