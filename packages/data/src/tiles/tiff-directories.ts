import { GeoTIFF, type ImageFileDirectory } from "geotiff";
import { ImageFileError, reasonOf } from "../image-file-error.js";
import type { ByteFile } from "./byte-file.js";
import { byteRangesOf, damaged } from "./tiff-byte-ranges.js";
import type { TiffDirectory } from "./tiff-directory.js";
import { numberOf, numbersOf, samplesOf, type TagReader } from "./tiff-samples.js";

/** SubIFDs of one page; a damaged header may claim any number. */
const MOST_SUBIFDS = 64;

/** The largest short; a damaged header may claim more. */
const MOST_SAMPLES = 65_535;

/** A TIFF whose pages are known. */
export interface TiffPages {
  /** In the order of the file. */
  readonly pages: readonly [TiffDirectory, ...TiffDirectory[]];
  /** The page after those, if the file has more of them. */
  readonly next: TiffDirectory | undefined;
  /** Directories beneath a page: coarser versions of it, in some files. */
  subifdsOf(page: TiffDirectory): Promise<readonly TiffDirectory[]>;
}

/**
 * Reads the headers of a TIFF.
 *
 * @param most - pages that are read
 * @throws ImageFileError if `file` is no TIFF, or its headers are damaged or cut short
 */
export async function tiffPages(file: ByteFile, most: number): Promise<TiffPages> {
  const tiff = await GeoTIFF.fromSource(headerSource(file) as unknown as GeoTIFF["source"]).catch((error: unknown) => {
    if (/byte order|magic number/.test(reasonOf(error))) throw new ImageFileError(file.name, "this is not a TIFF");
    throw damaged(file, reasonOf(error));
  });
  tiff.parser.eager = !tiff.littleEndian; // what geotiff 3.0 reads later, it reads as if of little-endian files
  const chain = await chainOf(file, tiff, most + 1);
  const [first, ...others] = chain.slice(0, most);
  if (!first) throw damaged(file, "there is no image in it");
  return { pages: [first, ...others], next: chain[most], subifdsOf: (page) => subifdsOf(file, tiff, page) };
}

/** A part of the header that geotiff.js reads. It throws all kinds of errors where the header is damaged. */
const parsed = <Value>(file: ByteFile, reading: Promise<Value>): Promise<Value> =>
  reading.catch((error: unknown) => {
    throw damaged(file, reasonOf(error));
  });

/**
 * What geotiff.js reads headers from. It asks for pieces of a fixed length, which may well reach beyond the file's end.
 */
function headerSource(file: ByteFile) {
  const one = async ({ offset, length }: { offset: number; length: number }): Promise<ArrayBufferLike> => {
    if (!(offset >= 0 && length >= 0)) throw new Error("an offset in it is no number");
    const rest = file.size === null ? Infinity : Math.max(0, file.size - offset);
    return file.read(offset, Math.min(length, rest));
  };
  return {
    fileSize: file.size,
    fetch: (slices: readonly { offset: number; length: number }[]) => Promise.all(slices.map(one)),
    close: () => Promise.resolve(),
  };
}

/** The first pages; a header may link them in a circle. */
async function chainOf(file: ByteFile, tiff: GeoTIFF, most: number): Promise<TiffDirectory[]> {
  const found: TiffDirectory[] = [];
  const seen = new Set<number>();
  for (let next = tiff.firstIFDOffset; next !== 0 && !seen.has(next) && found.length < most;) {
    seen.add(next);
    const directory = await parsed(file, tiff.requestIFD(found.length));
    found.push(await directoryOf(file, tiff, directory, found.length, null));
    next = directory.nextIFDByteOffset;
  }
  return found;
}

async function subifdsOf(file: ByteFile, tiff: GeoTIFF, { tag, page }: TiffDirectory): Promise<TiffDirectory[]> {
  const offsets = (await numbersOf(tag, "SubIFDs")).slice(0, MOST_SUBIFDS);
  return Promise.all(
    offsets.map(async (offset, index) => {
      const directory = await parsed(file, tiff.parser.parseFileDirectoryAt(offset));
      return directoryOf(file, tiff, directory, page, index);
    }),
  );
}

async function directoryOf(
  file: ByteFile,
  { littleEndian }: GeoTIFF,
  directory: ImageFileDirectory,
  page: number,
  subifd: number | null,
): Promise<TiffDirectory> {
  const tag: TagReader = (name) => parsed(file, directory.loadValue(name as "ImageWidth"));
  const number = (name: string, fallback?: number) => numberOf(tag, name, fallback);
  const [width, height] = [await number("ImageWidth"), await number("ImageLength")];
  const tiled = directory.hasTag("TileWidth");
  const blockWidth = tiled ? await number("TileWidth") : width;
  const rows = tiled ? await number("TileLength") : Math.min(height, (await number("RowsPerStrip", 0)) || height);
  const samples = await samplesOf(tag);
  for (const [key, value] of Object.entries({ width, height, blockWidth, rows, samplesPerPixel: samples.perPixel }))
    if (!Number.isSafeInteger(value) || value < 1) throw damaged(file, `${key} of page ${page} is ${value}`);
  if (samples.perPixel > MOST_SAMPLES) throw damaged(file, `samplesPerPixel of page ${page} is ${samples.perPixel}`);
  const blockHeight = tiled || samples.compression !== 1 ? rows : partOf(rows, width, height);
  const shape = { width, height, tiled, blockWidth, blockHeight, samples, tag };
  return {
    ...{ ...shape, page, subifd, littleEndian },
    subfile: await number("NewSubfileType", 0),
    orientation: await number("Orientation", 1),
    ...byteRangesOf(file, directory, shape, rows),
  };
}

/** Pixels of the rows that are read at once, if not compressed. */
export const STRIP_PIXELS = 2 ** 16;

/** Rows that strips which are not compressed are cut into: of several strips all alike. */
function partOf(rows: number, width: number, height: number): number {
  let part = Math.min(rows, Math.max(1, Math.floor(STRIP_PIXELS / width)));
  while (rows < height && rows % part > 0) part--;
  return part;
}
