import type { Region } from "@fovea/nn";
import type { ByteFile } from "./byte-file.js";
import { blocksOf } from "./pyramid-source.js";
import { fromYCbCr } from "./tiff-colors.js";
import { decompressor, mostStored } from "./tiff-decoders.js";
import type { ByteRange, TiffDirectory, TiffShape } from "./tiff-directory.js";
import { samplesRead, YCBCR } from "./tiff-samples.js";
import { bytesOfRow, unpackSamples, type SampleArray } from "./unpack-samples.js";

/** A tile or strip: the part of it that lies in the page. */
export interface TiffBlock extends Region {
  /** Index of the tile or strip; if each sample has its own, that of the first sample. */
  readonly index: number;
}

/** The tiles or strips that a rectangle of a page takes. */
export function tiffBlocks(directory: TiffShape, { left, top, width, height }: Region): TiffBlock[] {
  const { blockWidth, blockHeight } = directory;
  const across = Math.ceil(directory.width / blockWidth);
  const blocks = [...blocksOf(directory, [left, left + width], [top, top + height])];
  return blocks.map((block) => ({ ...block, index: (block.top / blockHeight) * across + block.left / blockWidth }));
}

/** Reads at least the rows of a block, of `blockWidth` pixels: of each the samples that `samplesRead` lists. */
export type BlockReader = (block: TiffBlock) => Promise<SampleArray>;

/** @param nodata - the sample where a sparse file leaves out the tile of one sample, and has those of others */
export async function blockReader(file: ByteFile, directory: TiffDirectory, nodata: number): Promise<BlockReader> {
  const { samples, blockWidth, blockHeight, littleEndian } = directory;
  const layout = { ...samples, width: blockWidth, stride: samples.planar ? 1 : samples.perPixel, littleEndian };
  const row = bytesOfRow(layout);
  const decompressed = await decompressor(directory, row * blockHeight);
  const plane = async (range: ByteRange | null, block: TiffBlock): Promise<SampleArray> => {
    if (!range) return unpackSamples(new Uint8Array(row * block.height), { ...layout, predictor: 1 }).fill(nodata);
    const data = await fetchBytes(file, range, mostStored(row * blockHeight));
    const values = unpackSamples(await decompressed(data as ArrayBuffer), layout);
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

/** The bytes of a tile or strip; if each sample has its own, those of the samples that are read. */
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

function fetchBytes(file: ByteFile, { offset, length }: ByteRange, most: number): Promise<ArrayBufferLike> {
  const rest = (file.size ?? Infinity) - offset;
  if (length === Infinity) return file.read(offset, Math.min(rest, most));
  if (length > rest)
    throw new Error(
      `bytes ${offset} to ${offset + length} are wanted, but the file has ${file.size}: it is cut short or damaged`,
    );
  if (length > most) throw new Error(`${length} bytes are said to hold it, more than ${most}: the file is damaged`);
  return file.read(offset, length);
}
