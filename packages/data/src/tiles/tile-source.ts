import type { Pixels } from "../image.js";

/** A rectangle in whole pixels of the full resolution. It may reach outside the picture. */
export interface TileRegion {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A picture that need not fit into memory. */
export interface TileSource {
  /** What the picture is called in errors: its path, usually. */
  readonly name: string;
  /** Of the full resolution, in pixels. */
  readonly width: number;
  readonly height: number;
  /**
   * The pixels of a rectangle, zero where it reaches outside the picture. Any number of reads may run at once.
   *
   * Pixel (x, y) of the result is the average over its share of the rectangle, `width / round(width · scale)` pixels
   * wide, of the coarsest stored resolution that is at least as fine as `scale`. At scale 1 it is the stored pixel
   * itself.
   *
   * @param scale - in (0, 1]. Default 1
   * @returns round(width · scale) × round(height · scale) pixels, at least 1 × 1
   * @throws RangeError for a rectangle or a scale that is none; ImageFileError, naming file and region, where the file
   *   cannot be read. The source can be used further.
   */
  read(region: TileRegion, scale?: number): Promise<Pixels>;
  /** Waits for the reads under way, then gives back the file and the memory. Later reads are refused. */
  close(): Promise<void>;
}

/** "256 × 128 at (0, 512)", as errors say it. */
export const describeRegion = ({ left, top, width, height }: TileRegion): string =>
  `${width} × ${height} at (${left}, ${top})`;

/** What two rectangles have in common; of no width or height, or less, where that is nothing. */
export function sharedOf(a: TileRegion, b: TileRegion): TileRegion {
  const [left, top] = [Math.max(a.left, b.left), Math.max(a.top, b.top)];
  const width = Math.min(a.left + a.width, b.left + b.width) - left;
  return { left, top, width, height: Math.min(a.top + a.height, b.top + b.height) - top };
}

/** Copies the RGB of what two rectangles of one image have in common, from `data` into `target`. */
export function copyShared(whole: TileRegion, target: Uint8Array, part: TileRegion, data: Uint8Array): void {
  const { left, top, width, height } = sharedOf(whole, part);
  const at = (region: TileRegion, row: number) => ((row - region.top) * region.width + left - region.left) * 3;
  for (let row = top; row < top + height && width > 0; row++)
    target.set(data.subarray(at(part, row), at(part, row) + width * 3), at(whole, row));
}

const MOST_BYTES = 2 ** 31 - 1;

/**
 * The size of what a read returns.
 *
 * @throws RangeError if `region` is not of whole numbers or empty, `scale` not in (0, 1], or the result of 2 GiB or
 *   more
 */
export function sizeOfRead(
  name: string,
  region: TileRegion,
  scale: number,
): { readonly width: number; readonly height: number } {
  const { left, top, width, height } = region;
  if (![left, top, width, height].every(Number.isSafeInteger) || width < 1 || height < 1)
    throw new RangeError(
      `${name}: \`region\` must be of whole pixels, at least 1 × 1, got ${JSON.stringify({ left, top, width, height })}.`,
    );
  if (!(scale > 0 && scale <= 1)) throw new RangeError(`${name}: \`scale\` must be in (0, 1], got ${scale}.`);
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  const size = { width: side(width), height: side(height) };
  if (size.width * size.height * 3 > MOST_BYTES)
    throw new RangeError(
      `${name}: ${describeRegion(region)} at scale ${scale} would be ${size.width} × ${size.height} pixels in one array; read it in parts or at a smaller scale.`,
    );
  return size;
}
