import { requireCounts, type Pixels, type Region } from "@fovea/nn";
import { byteCache, type ByteCache } from "../byte-cache.js";
import { ImageFileError, reasonOf } from "../image-file-error.js";
import { canvas, neededOf, type LevelAxis } from "./area-average.js";
import { forEachConcurrently, limitConcurrency } from "./concurrency.js";
import { describeRegion, sizeOfRead, type TileSource } from "./tile-source.js";

/** One resolution of an image, cut into blocks that are read one by one. */
export interface PyramidLevel {
  readonly width: number;
  readonly height: number;
  readonly blockWidth: number;
  readonly blockHeight: number;
  /**
   * How many pixels of the full resolution one of this level covers, along each side. Default: told from the sizes, as
   * a power of two if one explains both sides, else as their quotients.
   */
  readonly step?: number;
  /**
   * @param block - in pixels of this level: begins at a multiple of the block's size and is cut at the level's right
   *   and lower edge
   * @returns pixels of just that size
   */
  read(block: Region): Promise<Pixels>;
}

/** How many blocks of an image are read at once, and where they are kept. */
export interface TileOptions {
  /** Cache of the blocks that were read; many images may share one. Default: one of 2²⁸ bytes for this image. */
  readonly cache?: ByteCache;
  /** The largest number of blocks that are read at once, by all reads together. Default 4. */
  readonly concurrency?: number;
}

/** The levels that a `TileSource` is made of, and how they are read. */
export interface PyramidConfig extends TileOptions {
  /** Name of the image in errors. */
  readonly name: string;
  /** The full resolution first, then coarser ones in any order. */
  readonly levels: readonly [PyramidLevel, ...PyramidLevel[]];
  /** Called by `close`, once all reads are over. Default: nothing is. */
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
 * An image from its stored resolutions: all that implementations of `TileSource` share. Choice of the level, clipping,
 * scaling, zeros outside, the cache, the bound on reads at once and errors are here; a level only reads its blocks.
 *
 * @throws RangeError if `concurrency` or a level's sizes are not whole numbers of at least 1, or a level's `step` is
 *   not a number of at least 1
 */
export function pyramidSource(config: PyramidConfig): TileSource {
  const { name, levels, concurrency = DEFAULT_CONCURRENCY, cache = byteCache(DEFAULT_CACHE_BYTES) } = config;
  requireConfig(config, concurrency);
  const { width, height } = levels[0];
  const grids = levels.map((level, index) => gridOf(level, index, levels[0]));
  const part = cache.part<string>();
  const { run } = limitConcurrency(concurrency);
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
  const blockOf = ({ index, level }: Grid, block: Region): Promise<Pixels> =>
    tracked(part.get(`${index}/${block.left}/${block.top}`, () => run(() => readBlock(level, block))));
  const gather = async (region: Region, scale: number): Promise<Pixels> => {
    const size = sizeOfRead(name, region, scale);
    const grid = coarsest(grids, scale);
    const columns = [{ start: region.left, length: region.width, size: size.width }, grid.columns] as const;
    const rows = [{ start: region.top, length: region.height, size: size.height }, grid.rows] as const;
    const result = canvas({ columns, rows });
    const blocks = blocksOf(grid.level, neededOf(...columns), neededOf(...rows));
    await forEachConcurrently(blocks, concurrency, async (block) => {
      try {
        result.add(block, await blockOf(grid, block));
      } catch (error) {
        throw new ImageFileError(name, failure(region, scale, block, grid.level, error));
      }
    });
    return result.pixels();
  };
  const read = async (region: Region, scale = 1): Promise<Pixels> => {
    if (closed) throw new ImageFileError(name, `cannot read ${describeRegion(region)}: the source is closed`);
    return tracked(gather(region, scale));
  };
  const end = async () => {
    while (underWay.size > 0) await Promise.allSettled(underWay); // reads, and blocks of reads that failed before
    part.clear();
    await config.close?.();
  };
  return { name, width, height, read, close: () => (closed ??= end()) };
}

function requireConfig({ name, levels }: PyramidConfig, concurrency: number): void {
  requireCounts(name, { concurrency });
  for (const [i, { width, height, blockWidth, blockHeight, step = 1 }] of levels.entries()) {
    for (const [key, value] of Object.entries({ width, height, blockWidth, blockHeight }))
      requireCounts(name, { [`levels[${i}].${key}`]: value });
    if (!(step >= 1 && step < Infinity))
      throw new RangeError(`${name}: \`levels[${i}].step\` must be a number of at least 1, got ${step}.`);
  }
}

type Sides = Pick<PyramidLevel, "width" | "height">;

/**
 * How many full pixels one of a level covers, along the columns and along the rows. Pyramids are made by halving, and
 * writers round the odd pixel up or off; so it is a power of two wherever one explains both sizes, and the quotients of
 * the sizes elsewhere. The longer side tells which power: of a side of 2 pixels, 8 and 16 may both explain it.
 */
export function stepsOf(full: Sides, level: Sides): readonly [columns: number, rows: number] {
  const longer = full.width >= full.height ? "width" : "height";
  const step = powerNear(full[longer], level[longer]);
  if (dividedBy(step, full, level)) return [step, step];
  const alone = (all: number, pixels: number) => {
    const power = powerNear(all, pixels);
    return explains(power, all, pixels) ? power : all / pixels;
  };
  return [alone(full.width, level.width), alone(full.height, level.height)];
}

const powerNear = (full: number, pixels: number) => 2 ** Math.round(Math.log2(full / pixels));
const explains = (step: number, full: number, pixels: number) => Math.abs(full / step - pixels) < 1;

/** Whether both sides of a level are those of the full resolution divided by `step`, rounded up or off. */
export const dividedBy = (step: number, full: Sides, level: Sides): boolean =>
  explains(step, full.width, level.width) && explains(step, full.height, level.height);

function gridOf(level: PyramidLevel, index: number, full: PyramidLevel): Grid {
  const [columns, rows] = level.step === undefined ? stepsOf(full, level) : [level.step, level.step];
  return {
    index,
    level,
    columns: { pixels: level.width, step: columns, full: full.width },
    rows: { pixels: level.height, step: rows, full: full.height },
  };
}

/** The coarsest level of which a pixel is no wider than a pixel at `scale`. */
function coarsest(grids: readonly Grid[], scale: number): Grid {
  const step = ({ columns, rows }: Grid) => Math.max(columns.step, rows.step);
  const limit = (1 / scale) * (1 + 1e-9);
  return grids.reduce((best, grid) => (step(grid) <= limit && step(grid) > step(best) ? grid : best));
}

/** The blocks that columns [left, right) and rows [top, bottom) take, cut at the edges of the image. */
export function* blocksOf(
  { width, height, blockWidth, blockHeight }: Omit<PyramidLevel, "read">,
  [left, right]: readonly [number, number],
  [top, bottom]: readonly [number, number],
): Generator<Region> {
  const begin = (pixel: number, side: number) => pixel - (pixel % side);
  for (let y = begin(top, blockHeight); y < bottom; y += blockHeight)
    for (let x = begin(left, blockWidth); x < right; x += blockWidth)
      yield { left: x, top: y, width: Math.min(blockWidth, width - x), height: Math.min(blockHeight, height - y) };
}

async function readBlock(level: PyramidLevel, block: Region): Promise<Pixels> {
  const pixels = await level.read(block);
  const { width, height, channels, data } = pixels;
  if (width !== block.width || height !== block.height || data.length !== width * height * channels)
    throw new Error(`it came as ${width} × ${height} pixels of ${channels} channels in ${data.length} bytes`);
  return pixels;
}

function failure(region: Region, scale: number, block: Region, level: PyramidLevel, error: unknown): string {
  return `cannot read ${describeRegion(region)} at scale ${scale}: block ${describeRegion(block)} of the resolution ${level.width} × ${level.height}: ${reasonOf(error)}`;
}
