import type { LargeImage, Pixels, Region } from "@fovea/nn";

/** A large image that is read from a file, a server or memory. */
export interface TileSource extends LargeImage {
  /** Name of the image in errors: its path, usually. */
  readonly name: string;
  /**
   * The pixels of a region, zeros where it reaches outside the image. Any number of reads may run at once.
   *
   * Pixel (x, y) of the result is the average over its share of the region, `width / round(width · scale)` pixels
   * wide, of the coarsest stored resolution that is at least as fine as `scale`. At scale 1 it is the stored pixel
   * itself.
   *
   * @param scale - in (0, 1]. Default 1
   * @returns round(width · scale) × round(height · scale) pixels, at least 1 × 1
   * @throws RangeError for an empty region, one that is not of whole numbers, or a scale outside (0, 1];
   *   ImageFileError, naming file and region, where the file cannot be read. The source can be used further.
   */
  read(region: Region, scale?: number): Promise<Pixels>;
  /** Waits for the reads under way, then closes the file and frees the memory. Later reads are refused. */
  close(): Promise<void>;
}

/** "256 × 128 at (0, 512)", as errors say it. */
export const describeRegion = ({ left, top, width, height }: Region): string =>
  `${width} × ${height} at (${left}, ${top})`;

/** The intersection of two regions. Its width or height is 0 or less if they have nothing in common. */
export function intersectionOf(a: Region, b: Region): Region {
  const [left, top] = [Math.max(a.left, b.left), Math.max(a.top, b.top)];
  const width = Math.min(a.left + a.width, b.left + b.width) - left;
  return { left, top, width, height: Math.min(a.top + a.height, b.top + b.height) - top };
}

/** Copies the RGB of what two rectangles of one image have in common, from `data` into `target`. */
export function copyIntersection(to: Region, target: Uint8Array, from: Region, data: Uint8Array): void {
  const { left, top, width, height } = intersectionOf(to, from);
  const at = (region: Region, row: number) => ((row - region.top) * region.width + left - region.left) * 3;
  for (let row = top; row < top + height && width > 0; row++)
    target.set(data.subarray(at(from, row), at(from, row) + width * 3), at(to, row));
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
  region: Region,
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
