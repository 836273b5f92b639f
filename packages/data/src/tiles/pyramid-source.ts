import { byteCache, type ByteCache } from "../byte-cache.js";
import type { Pixels } from "../image.js";
import { ImageFileError } from "../image-file-error.js";
import { canvas, neededOf, type LevelAxis } from "./area-average.js";
import { forEachOf, turns } from "./in-turn.js";
import { sizeOfRead, spoken, type TileRegion, type TileSource } from "./tile-source.js";

/** One resolution of a picture, cut into blocks that are read one by one. */
export interface PyramidLevel {
  readonly width: number;
  readonly height: number;
  readonly blockWidth: number;
  readonly blockHeight: number;
  /**
   * @param block - in pixels of this level: begins at a multiple of the block's size and is cut at the level's right and lower edge
   * @returns pixels of just that size
   */
  read(block: TileRegion): Promise<Pixels>;
}

/** What all tiled pictures take. */
export interface TileOptions {
  /** Where blocks are kept once read; one cache may serve many pictures. Default: one of 2²⁸ bytes for this picture. */
  readonly cache?: ByteCache;
  /** Blocks that are read at once, of all reads together. Default 4. */
  readonly concurrency?: number;
}

/** What a `TileSource` is made of. */
export interface PyramidConfig extends TileOptions {
  readonly name: string;
  /** The full resolution first, then coarser ones in any order. */
  readonly levels: readonly [PyramidLevel, ...PyramidLevel[]];
  /** Called once all reads are over. */
  readonly close?: () => Promise<void>;
}

interface Grid {
  readonly index: number;
  readonly level: PyramidLevel;
  readonly columns: LevelAxis;
  readonly rows: LevelAxis;
}

export const DEFAULT_CACHE_BYTES = 2 ** 28;
export const DEFAULT_CONCURRENCY = 4;

/**
 * A picture from its stored resolutions: all that implementations of `TileSource` share. Choice of the level, clipping, scaling,
 * zeros outside, the cache, the bound on reads at once and errors are here; a level only reads its blocks.
 *
 * @throws RangeError if `concurrency` or a level's sizes are not whole numbers of at least 1
 */
export function pyramidSource(config: PyramidConfig): TileSource {
  const { name, levels, concurrency = DEFAULT_CONCURRENCY, cache = byteCache(DEFAULT_CACHE_BYTES) } = config;
  checkConfig(config, concurrency);
  const { width, height } = levels[0];
  const grids = levels.map((level, index) => gridOf(level, index, levels[0]));
  const part = cache.part<string>();
  const { run } = turns(concurrency);
  const underWay = new Set<Promise<unknown>>();
  let closed: Promise<void> | null = null;

  const tracked = async <Result>(task: Promise<Result>): Promise<Result> => {
    underWay.add(task);
    try {
      return await task;
    } finally {
      underWay.delete(task);
    }
  };
  const blockOf = ({ index, level }: Grid, block: TileRegion): Promise<Pixels> =>
    tracked(part.get(`${index}/${block.left}/${block.top}`, () => run(() => readBlock(level, block))));
  const gather = async (region: TileRegion, scale: number): Promise<Pixels> => {
    const size = sizeOfRead(name, region, scale);
    const grid = coarsest(grids, scale);
    const columns = [{ start: region.left, length: region.width, size: size.width }, grid.columns] as const;
    const rows = [{ start: region.top, length: region.height, size: size.height }, grid.rows] as const;
    const result = canvas({ columns, rows });
    const blocks = blocksOf(grid.level, neededOf(...columns), neededOf(...rows));
    await forEachOf(blocks, concurrency, async (block) => {
      try {
        result.add(block, await blockOf(grid, block));
      } catch (error) {
        throw new ImageFileError(name, failure(region, scale, block, grid.level, error));
      }
    });
    return result.pixels();
  };
  const read = async (region: TileRegion, scale = 1): Promise<Pixels> => {
    if (closed) throw new ImageFileError(name, `cannot read ${spoken(region)}: the source is closed`);
    return tracked(gather(region, scale));
  };
  const end = async () => {
    while (underWay.size > 0) await Promise.allSettled(underWay); // reads, and blocks of reads that failed before
    part.clear();
    await config.close?.();
  };
  return { name, width, height, read, close: () => (closed ??= end()) };
}

function checkConfig({ name, levels }: PyramidConfig, concurrency: number): void {
  const whole = (what: string, value: number) => {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`${name}: ${what} must be a whole number of at least 1, got ${value}.`);
  };
  whole("`concurrency`", concurrency);
  for (const [i, { width, height, blockWidth, blockHeight }] of levels.entries())
    for (const [key, value] of Object.entries({ width, height, blockWidth, blockHeight }))
      whole(`\`${key}\` of level ${i}`, value);
}

/**
 * How many full pixels one of a level covers. Pyramids are made by halving, and writers round the odd pixel up or off; so it is a
 * power of two wherever that explains the size, and the quotient of the sizes elsewhere.
 */
export function stepOf(full: number, pixels: number): number {
  const step = 2 ** Math.round(Math.log2(full / pixels));
  return Math.abs(full / step - pixels) < 1 ? step : full / pixels;
}

function gridOf(level: PyramidLevel, index: number, full: PyramidLevel): Grid {
  const axis = (pixels: number, all: number) => ({ pixels, step: stepOf(all, pixels), full: all });
  return { index, level, columns: axis(level.width, full.width), rows: axis(level.height, full.height) };
}

/** The coarsest level of which a pixel is no wider than a pixel at `scale`. */
function coarsest(grids: readonly Grid[], scale: number): Grid {
  const step = ({ columns, rows }: Grid) => Math.max(columns.step, rows.step);
  const limit = (1 / scale) * (1 + 1e-9);
  return grids.reduce((best, grid) => (step(grid) <= limit && step(grid) > step(best) ? grid : best));
}

function* blocksOf(
  { width, height, blockWidth, blockHeight }: PyramidLevel,
  [left, right]: readonly [number, number],
  [top, bottom]: readonly [number, number],
): Generator<TileRegion> {
  const begin = (pixel: number, side: number) => pixel - (pixel % side);
  for (let y = begin(top, blockHeight); y < bottom; y += blockHeight)
    for (let x = begin(left, blockWidth); x < right; x += blockWidth)
      yield { left: x, top: y, width: Math.min(blockWidth, width - x), height: Math.min(blockHeight, height - y) };
}

async function readBlock(level: PyramidLevel, block: TileRegion): Promise<Pixels> {
  const pixels = await level.read(block);
  const { width, height, channels, data } = pixels;
  if (width !== block.width || height !== block.height || data.length !== width * height * channels)
    throw new Error(`it came as ${width} × ${height} pixels of ${channels} channels in ${data.length} bytes`);
  return pixels;
}

function failure(region: TileRegion, scale: number, block: TileRegion, level: PyramidLevel, error: unknown): string {
  const reason =
    error instanceof ImageFileError ? error.reason : error instanceof Error ? error.message : String(error);
  return `cannot read ${spoken(region)} at scale ${scale}: block ${spoken(block)} of the resolution ${level.width} × ${level.height}: ${reason}`;
}
