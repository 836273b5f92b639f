import { GeoTIFF, type ImageFileDirectory } from "geotiff";
import { ImageFileError, reasonOf } from "../image-file-error.js";
import type { ByteFile } from "./byte-file.js";
import { samplesOf, type TagReader, type TiffSamples } from "./tiff-samples.js";

/** Where the bytes of a tile or strip lie. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** One image of a TIFF as its header describes it, before orientation. */
export interface TiffDirectory {
  /** Its number in the chain of pages; for a SubIFD that of its page. */
  readonly page: number;
  readonly subifd: number | null;
  readonly width: number;
  readonly height: number;
  /** Of its tiles, or of its strips. */
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly tiled: boolean;
  /** Bits of NewSubfileType: 1 a coarser version of another page, 2 a page of many, 4 a mask of another. */
  readonly subfile: number;
  /** 1 … 8, as in EXIF. */
  readonly orientation: number;
  readonly littleEndian: boolean;
  readonly samples: TiffSamples;
  /** @throws ImageFileError if the value is damaged */
  readonly tag: TagReader;
  /**
   * Null where a sparse file leaves the tile or strip out.
   *
   * @param index - row by row, and sample after sample where each has tiles or strips of its own
   * @throws ImageFileError if the header does not say it
   */
  byteRange(index: number): Promise<ByteRange | null>;
}

/**
 * Where nothing is compressed each row of a strip has bytes of its own, so that strips of any size can be read.
 */
export const isRaw = ({ tiled, samples }: Pick<TiffDirectory, "tiled" | "samples">): boolean =>
  !tiled && samples.compression === 1;

/** A header may link its directories in a circle; and a stack of thousands of pages is no pyramid. */
const MOST_DIRECTORIES = 64;

/** What a short can say; a damaged header may claim more. */
const MOST_SAMPLES = 65_535;

/** A TIFF whose pages are known. */
export interface TiffPages {
  /** In the order of the file, at most 64. */
  readonly pages: readonly [TiffDirectory, ...TiffDirectory[]];
  /** Directories beneath a page: coarser versions of it, in some files. */
  subifdsOf(page: TiffDirectory): Promise<readonly TiffDirectory[]>;
}

/** @throws ImageFileError if `file` is no TIFF, or its headers are damaged or cut short */
export async function tiffPages(file: ByteFile): Promise<TiffPages> {
  const tiff = await GeoTIFF.fromSource(headerSource(file) as unknown as GeoTIFF["source"]).catch((error: unknown) => {
    if (/byte order|magic number/.test(reasonOf(error))) throw new ImageFileError(file.name, "this is not a TIFF");
    throw damaged(file, reasonOf(error));
  });
  tiff.parser.eager = !tiff.littleEndian; // what geotiff 3.0 reads later, it reads as if of little-endian files
  const [first, ...others] = await chainOf(file, tiff);
  if (!first) throw damaged(file, "there is no image in it");
  return { pages: [first, ...others], subifdsOf: (page) => subifdsOf(file, tiff, page) };
}

export const damaged = (file: ByteFile, reason: string): ImageFileError =>
  new ImageFileError(file.name, `its header is damaged or cut short (${reason})`);

/** What geotiff.js reads of a header. It throws anything where the header is damaged. */
const parsed = <Value>(file: ByteFile, reading: Promise<Value>): Promise<Value> =>
  reading.catch((error: unknown) => {
    throw damaged(file, reasonOf(error));
  });

/**
 * What geotiff.js reads headers from. It asks for pieces of a fixed length, which may well reach beyond the file's end.
 */
function headerSource(file: ByteFile) {
  const one = async ({ offset, length }: ByteRange): Promise<ArrayBufferLike> => {
    if (!(offset >= 0 && length >= 0)) throw new Error("an offset in it is no number");
    const rest = file.size === null ? Infinity : Math.max(0, file.size - offset);
    return file.read(offset, Math.min(length, rest));
  };
  return {
    fileSize: file.size,
    fetch: (slices: readonly ByteRange[]) => Promise.all(slices.map(one)),
    close: () => Promise.resolve(),
  };
}

async function chainOf(file: ByteFile, tiff: GeoTIFF): Promise<TiffDirectory[]> {
  const found: TiffDirectory[] = [];
  const seen = new Set<number>();
  for (let page = 0, next = tiff.firstIFDOffset; next !== 0 && !seen.has(next) && page < MOST_DIRECTORIES; page++) {
    seen.add(next);
    const directory = await parsed(file, tiff.requestIFD(page));
    found.push(await directoryOf(file, tiff, directory, page, null));
    next = directory.nextIFDByteOffset;
  }
  return found;
}

async function subifdsOf(file: ByteFile, tiff: GeoTIFF, { tag, page }: TiffDirectory): Promise<TiffDirectory[]> {
  const offsets = (await tag("SubIFDs")) ?? [];
  const list = typeof offsets === "number" ? [offsets] : Array.from(offsets as ArrayLike<number>);
  return Promise.all(
    list.slice(0, MOST_DIRECTORIES).map(async (offset, index) => {
      const directory = await parsed(file, tiff.parser.parseFileDirectoryAt(Number(offset)));
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
  const number = async (name: string, fallback = NaN) => Number((await tag(name)) ?? fallback);
  const [width, height] = [await number("ImageWidth"), await number("ImageLength")];
  const tiled = !directory.hasTag("StripOffsets");
  const blockWidth = tiled ? await number("TileWidth") : width;
  const rows = tiled ? await number("TileLength") : (await number("RowsPerStrip", 0)) || height;
  const blockHeight = tiled ? rows : Math.min(height, rows);
  const samples = await samplesOf(tag);
  const counts = { width, height, blockWidth, blockHeight, samplesPerPixel: samples.perPixel };
  for (const [key, value] of Object.entries(counts))
    if (!Number.isSafeInteger(value) || value < 1) throw damaged(file, `${key} of page ${page} is ${value}`);
  if (samples.perPixel > MOST_SAMPLES) throw damaged(file, `samplesPerPixel of page ${page} is ${samples.perPixel}`);
  return {
    ...{ page, subifd, width, height, blockWidth, blockHeight, tiled, littleEndian, samples, tag },
    subfile: await number("NewSubfileType", 0),
    orientation: await number("Orientation", 1),
    byteRange: byteRangesOf(file, directory, tiled ? "Tile" : "Strip"),
  };
}

function byteRangesOf(
  file: ByteFile,
  directory: ImageFileDirectory,
  kind: "Tile" | "Strip",
): TiffDirectory["byteRange"] {
  const value = (name: string, index: number) =>
    directory.loadValueIndexed(`${kind}${name}`, index).catch((error: unknown) => {
      if (error instanceof RangeError) return undefined; // of an index, or of bytes beyond the file's end
      throw damaged(file, reasonOf(error));
    });
  return async (index) => {
    const [offset, length] = [await value("Offsets", index), await value("ByteCounts", index)];
    if (offset === undefined || length === undefined)
      throw damaged(file, `it does not say where ${kind.toLowerCase()} ${index} is`);
    return Number(length) === 0 ? null : { offset: Number(offset), length: Number(length) };
  };
}
