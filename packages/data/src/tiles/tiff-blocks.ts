import type { ByteFile } from "./byte-file.js";
import { blocksOf } from "./pyramid-source.js";
import { fromYCbCr } from "./tiff-colors.js";
import { decompressor } from "./tiff-decoders.js";
import { isRaw, type ByteRange, type TiffDirectory } from "./tiff-directories.js";
import { samplesRead, YCBCR } from "./tiff-samples.js";
import { sharedOf, type TileRegion } from "./tile-source.js";
import { bytesOfRow, unpackSamples, type SampleArray } from "./unpack-samples.js";

/** A tile or strip, or some rows of a strip: the part of it that lies in the page. */
export interface TiffBlock extends TileRegion {
  /** Of the tile or strip; where each sample has its own, of that of the first. */
  readonly index: number;
  /** Rows of the strip that come before. */
  readonly skip: number;
}

/** The tiles and strips that a rectangle of a page takes; of strips that are not compressed its rows. */
export function tiffBlocks(directory: TiffDirectory, region: TileRegion): TiffBlock[] {
  const { left, top, width, height } = region;
  const across = Math.ceil(directory.width / directory.blockWidth);
  return [...blocksOf(directory, [left, left + width], [top, top + height])].map((block) => {
    const index = (block.top / directory.blockHeight) * across + block.left / directory.blockWidth;
    const rows = isRaw(directory) ? sharedOf(block, region) : block;
    return { ...block, top: rows.top, height: rows.height, index, skip: rows.top - block.top };
  });
}

/** Compression that fails makes data longer, by less than this and twice the block. */
const SPARE_BYTES = 2 ** 16;

/** @returns at least the rows of a block, of `blockWidth` pixels each: of a pixel the samples that `samplesRead` lists */
export type BlockReader = (block: TiffBlock) => Promise<SampleArray>;

/** @param nodata - the sample where a sparse file leaves out the tile of one sample, and has those of others */
export async function blockReader(file: ByteFile, directory: TiffDirectory, nodata: number): Promise<BlockReader> {
  const { samples, blockWidth, blockHeight, littleEndian } = directory;
  const layout = { ...samples, width: blockWidth, stride: samples.planar ? 1 : samples.perPixel, littleEndian };
  const row = bytesOfRow(layout);
  const decompressed = await decompressor(directory, row * blockHeight);
  const bytesOf = async (range: ByteRange, block: TiffBlock): Promise<Uint8Array> => {
    if (isRaw(directory)) return new Uint8Array(await fetchRows(file, range, block, row));
    return decompressed((await fetchBytes(file, range, 2 * row * blockHeight + SPARE_BYTES)) as ArrayBuffer);
  };
  const plane = async (range: ByteRange | null, block: TiffBlock): Promise<SampleArray> => {
    if (!range) return unpackSamples(new Uint8Array(row * block.height), { ...layout, predictor: 1 }).fill(nodata);
    const values = unpackSamples(await bytesOf(range, block), layout);
    const needed = block.height * blockWidth * layout.stride;
    if (values.length < needed)
      throw new Error(`its data end after ${values.length} of ${needed} samples: the file is damaged`);
    return samples.photometric === YCBCR ? fromYCbCr(values as Uint8Array) : values;
  };
  return async (block) => {
    const ranges = await rangesOf(directory, block.index);
    return interleaved(await Promise.all(ranges.map((range) => plane(range, block))));
  };
}

/** Of a tile or strip; where each sample has its own, of those of the samples that are read. */
function rangesOf(directory: TiffDirectory, index: number): Promise<readonly (ByteRange | null)[]> {
  const { samples, width, height, blockWidth, blockHeight } = directory;
  const blocks = Math.ceil(width / blockWidth) * Math.ceil(height / blockHeight);
  const planes = samples.planar ? samplesRead(samples) : [0];
  return Promise.all(planes.map((plane) => directory.byteRange(index + plane * blocks)));
}

/** Whether a sparse file leaves the tile or strip out, of all samples that are read. */
export const isMissing = async (directory: TiffDirectory, index: number): Promise<boolean> =>
  (await rangesOf(directory, index)).every((range) => range === null);

function interleaved(planes: readonly SampleArray[]): SampleArray {
  const [first, ...others] = planes as readonly [SampleArray, ...SampleArray[]];
  if (others.length === 0) return first;
  const length = Math.min(...planes.map((plane) => plane.length));
  const out = new (first.constructor as new (length: number) => SampleArray)(length * planes.length);
  planes.forEach((plane, p) => {
    for (let i = 0, at = p; at < out.length; i++, at += planes.length) out[at] = plane[i]!;
  });
  return out;
}

function fetchRows(file: ByteFile, { offset, length }: ByteRange, { skip, height }: TiffBlock, row: number) {
  if (length < (skip + height) * row)
    throw new Error(
      `its strip is of ${length} bytes, too few for ${skip + height} rows of ${row}: the file is damaged`,
    );
  return fetchBytes(file, { offset: offset + skip * row, length: height * row }, Infinity);
}

function fetchBytes(file: ByteFile, { offset, length }: ByteRange, most: number): Promise<ArrayBufferLike> {
  if (file.size !== null && offset + length > file.size)
    throw new Error(
      `bytes ${offset} to ${offset + length} are wanted, but the file has ${file.size}: it is cut short or damaged`,
    );
  if (length > most) throw new Error(`${length} bytes are said to hold it, more than ${most}: the file is damaged`);
  return file.read(offset, length);
}
