import { requireCounts } from "@fovea/nn";
import { requireColor, type Color } from "../image.js";

/** The stored numbers that become 0 and 255. */
export type SampleRange = readonly [black: number, white: number];

/** Which page of a TIFF is read, and how its samples become 8-bit RGB. */
export interface TiffOptions {
  /** Color behind transparent pixels, 0 … 255 each. Default white. */
  readonly background?: Color;
  /**
   * The stored numbers [black, white] that become 0 and 255. Numbers between them are mapped linearly, and others are
   * clipped. Needed for floating point, signed and 32-bit samples. Default: the full range of unsigned integers of up
   * to 16 bits.
   */
  readonly range?: SampleRange;
  /** The page that is the image, from 0 on. Default: the largest of the first 64. */
  readonly page?: number;
  /** Color of tiles that a sparse file leaves out, 0 … 255. Default: the number of `GDAL_NODATA`, or 0, as in GDAL. */
  readonly missing?: Color;
}

/** @throws RangeError if an option is not valid */
export function requireTiffOptions(who: string, { background, range, page, missing }: TiffOptions): void {
  requireColor(who, "background", background);
  requireColor(who, "missing", missing);
  const numbers: readonly unknown[] = Array.isArray(range) ? range : [range];
  const [black, white] = numbers as SampleRange;
  if (range !== undefined && !(numbers.length === 2 && numbers.every(Number.isFinite) && black < white))
    throw new RangeError(
      `${who}: expected \`range\` to be two numbers, that of black below that of white, got [${numbers.join(", ")}].`,
    );
  if (page !== undefined) requireCounts(who, { page }, 0);
}
