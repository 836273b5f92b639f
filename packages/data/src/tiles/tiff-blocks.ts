import type { ByteFile } from "./byte-file.js";
import { fromYCbCr, isYCbCr } from "./tiff-colors.js";
import { decompressor } from "./tiff-decoders.js";
import type { BlockPlace, TiffDirectory } from "./tiff-directories.js";
import { bytesOfRow, numbersOf, type Numbers } from "./tiff-numbers.js";
import { alphaOf, colorsOf } from "./tiff-samples.js";
import type { TileRegion } from "./tile-source.js";

/** Rows that are stored together: of a tile, or of a strip. */
export interface TiffPart {
  /** Of the tile or strip, of the first sample where each has its own. */
  readonly index: number;
  readonly left: number;
  readonly top: number;
  /** Pixels of a row as it is stored. */
  readonly width: number;
  readonly rows: number;
  /** Rows of the strip that come before. */
  readonly skip: number;
}

/**
 * Where nothing is compressed each row of a strip lies in a place of its own, so that strips of any size can be read.
 */
export const isRaw = ({ tiled, samples }: TiffDirectory): boolean => !tiled && samples.compression === 1;

/** The tiles, strips or rows of strips that a rectangle of a page takes. */
export function partsOf(directory: TiffDirectory, { left, top, width, height }: TileRegion): TiffPart[] {
  const { tiled, blockWidth, blockHeight } = directory;
  const across = Math.ceil(directory.width / blockWidth);
  const parts: TiffPart[] = [];
  const begin = (pixel: number, side: number) => pixel - (pixel % side);
  for (let y = begin(top, blockHeight); y < top + height; y += blockHeight)
    for (let x = begin(left, blockWidth); x < left + width; x += blockWidth) {
      const index = (y / blockHeight) * across + x / blockWidth;
      const rows = tiled ? blockHeight : Math.min(blockHeight, directory.height - y);
      const [first, end] = isRaw(directory) ? [Math.max(y, top), Math.min(y + rows, top + height)] : [y, y + rows];
      parts.push({ index, left: x, top: first, width: blockWidth, rows: end - first, skip: first - y });
    }
  return parts;
}

/** Compression that fails makes data longer, by less than this and twice the block. */
const SPARE_BYTES = 2 ** 16;

/** Reads parts of a page as samples. */
export interface BlockReader {
  /** Samples of a pixel that `read` gives: all, or the colours and alpha where each has tiles or strips of its own. */
  readonly stride: number;
  /** @returns rows of `width` · `stride` samples; null where a sparse file leaves the part out */
  read(part: TiffPart): Promise<Numbers | null>;
}

/** @param empty - the sample where a sparse file leaves a tile of one sample out, and has those of others */
export async function blockReader(file: ByteFile, directory: TiffDirectory, empty: number): Promise<BlockReader> {
  const { samples, blockWidth, blockHeight, littleEndian } = directory;
  const stride = samples.planar ? 1 : samples.perPixel;
  const layout = { ...samples, width: blockWidth, stride, littleEndian };
  const row = bytesOfRow(layout);
  const decompressed = await decompressor(directory, row * blockHeight);
  const blocks = Math.ceil(directory.width / blockWidth) * Math.ceil(directory.height / blockHeight);

  const plane = async (part: TiffPart, sample: number): Promise<Numbers | null> => {
    const place = await directory.place(part.index + sample * blocks);
    if (place.length === 0) return null;
    if (isRaw(directory)) return numbersOf(new Uint8Array(await fetchRows(file, place, part, row)), layout);
    const data = await fetchBytes(file, place, 2 * row * blockHeight + SPARE_BYTES);
    const numbers = numbersOf(await decompressed(data as ArrayBuffer), layout);
    return isYCbCr(samples) ? fromYCbCr(numbers as Uint8Array) : numbers;
  };
  if (!samples.planar) return { stride, read: (part) => plane(part, 0) };
  const used = colorsOf(samples) + (alphaOf(samples) ? 1 : 0);
  const read = async (part: TiffPart) =>
    interleaved(await Promise.all(Array.from({ length: used }, (_, sample) => plane(part, sample))), empty);
  return { stride: used, read };
}

function interleaved(planes: readonly (Numbers | null)[], empty: number): Numbers | null {
  const some = planes.find((plane) => plane !== null);
  if (!some) return null;
  const out = new (some.constructor as new (length: number) => Numbers)(some.length * planes.length);
  planes.forEach((plane, p) => {
    for (let i = 0, at = p; at < out.length; i++, at += planes.length) out[at] = plane ? plane[i]! : empty;
  });
  return out;
}

function fetchRows(file: ByteFile, { offset, length }: BlockPlace, { skip, rows }: TiffPart, row: number) {
  if (length < (skip + rows) * row)
    throw new Error(`its strip is of ${length} bytes, too few for ${skip + rows} rows of ${row}: the file is damaged`);
  return fetchBytes(file, { offset: offset + skip * row, length: rows * row }, Infinity);
}

function fetchBytes(file: ByteFile, { offset, length }: BlockPlace, most: number): Promise<ArrayBufferLike> {
  if (file.size !== null && offset + length > file.size)
    throw new Error(
      `bytes ${offset} to ${offset + length} are wanted, but the file has ${file.size}: it is cut short or damaged`,
    );
  if (length > most) throw new Error(`${length} bytes are said to hold it, more than ${most}: the file is damaged`);
  return file.read(offset, length);
}
