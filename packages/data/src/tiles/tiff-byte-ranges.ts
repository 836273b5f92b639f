import type { ImageFileDirectory } from "geotiff";
import { ImageFileError, reasonOf } from "../image-file-error.js";
import type { ByteFile } from "./byte-file.js";
import type { ByteRanges, TiffShape } from "./tiff-directory.js";
import { numbersOf, type TagReader } from "./tiff-samples.js";
import { bytesOfRow } from "./unpack-samples.js";

export const damaged = (file: ByteFile, reason: string): ImageFileError =>
  new ImageFileError(file.name, `its header is damaged or cut short (${reason})`);

/** @param rows - of a tile or strip as it is stored */
export function byteRangesOf(
  file: ByteFile,
  directory: ImageFileDirectory,
  { tag, ...shape }: TiffShape & { readonly tag: TagReader },
  rows: number,
): ByteRanges {
  const kind = directory.hasTag("TileOffsets") ? "Tile" : "Strip"; // some list tiles as if they were strips
  const stored = storedRanges(file, directory, kind, shape, rows);
  const isRaw = !shape.tiled && shape.samples.compression === 1;
  const hasGaps = async () => (await numbersOf(tag, `${kind}ByteCounts`, 0)).includes(0);
  return { byteRange: isRaw ? rowRanges(file, stored, shape, rows) : stored, hasGaps };
}

type RangeOf = ByteRanges["byteRange"];

/** The bytes of full tiles and strips. */
function storedRanges(
  file: ByteFile,
  directory: ImageFileDirectory,
  kind: "Tile" | "Strip",
  { width, height, blockWidth, tiled, samples }: TiffShape,
  rows: number,
): RangeOf {
  const blocks = Math.ceil(width / blockWidth) * Math.ceil(height / rows) * (samples.planar ? samples.perPixel : 1);
  const lost = `of the ${blocks} tiles or strips of ${width} × ${height} pixels it does not know where all are`;
  const value = (name: string, index: number) =>
    directory.loadValueIndexed(`${kind}${name}`, index).then(Number, (error: unknown) => {
      if (error instanceof RangeError) return NaN; // of an index, or of bytes beyond the file's end
      throw damaged(file, reasonOf(error));
    });
  return async (index) => {
    const [offset, length] = [await value("Offsets", index), await value("ByteCounts", index)];
    if (length === 0 && (tiled || offset === 0)) return null;
    if (!(offset > 0) || (tiled && Number.isNaN(length))) throw damaged(file, lost);
    return { offset, length: length || Infinity };
  };
}

/** The bytes of rows of strips that are not compressed. Like libtiff, it ignores the length of a single strip. */
function rowRanges(file: ByteFile, stored: RangeOf, shape: TiffShape, rows: number): RangeOf {
  const { width, height, blockHeight, samples } = shape;
  const row = bytesOfRow({ ...samples, width, stride: samples.planar ? 1 : samples.perPixel });
  const [parts, strips] = [Math.ceil(height / blockHeight), Math.ceil(height / rows)];
  return async (index) => {
    const top = (index % parts) * blockHeight;
    const strip = await stored(Math.floor(index / parts) * strips + Math.floor(top / rows));
    if (!strip) return null;
    const bytes = Math.min(strips > 1 ? strip.length : Infinity, (file.size ?? Infinity) - strip.offset);
    const [skip, count] = [top % rows, Math.min(blockHeight, height - top)];
    if (bytes < (skip + count) * row)
      throw damaged(file, `a strip has ${bytes} bytes, too few for ${skip + count} rows of ${row} bytes`);
    return { offset: strip.offset + skip * row, length: count * row };
  };
}
