import { GeoTIFF, type ImageFileDirectory } from "geotiff";
import { ImageFileError } from "../image-file-error.js";
import type { ByteFile } from "./byte-file.js";
import { samplesOf, type TagReader, type TiffSamples } from "./tiff-samples.js";

/** Where the bytes of a tile or strip lie; no bytes where a sparse file leaves it out. */
export interface BlockPlace {
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
  readonly tag: TagReader;
  /** @param index - of a tile or strip: row by row, and sample after sample where each has its own */
  place(index: number): Promise<BlockPlace>;
}

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
    if (/byte order|magic number/.test(messageOf(error))) throw new ImageFileError(file.name, "this is not a TIFF");
    throw damaged(file, error);
  });
  tiff.parser.eager = !tiff.littleEndian; // what geotiff 3.0 reads later, it reads as if of little-endian files
  try {
    const [first, ...others] = await chainOf(tiff);
    if (!first) throw new Error("there is no image in it");
    return { pages: [first, ...others], subifdsOf: (page) => subifdsOf(tiff, page) };
  } catch (error) {
    throw damaged(file, error);
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

export const damaged = (file: ByteFile, error: unknown): ImageFileError =>
  new ImageFileError(file.name, `its header is damaged or cut short (${messageOf(error)})`);

/**
 * What geotiff.js reads headers from. It asks for pieces of a fixed length, which may well reach beyond the file's end.
 */
function headerSource(file: ByteFile) {
  const one = async ({ offset, length }: BlockPlace): Promise<ArrayBufferLike> => {
    if (!(offset >= 0 && length >= 0)) throw new Error("an offset in it is no number");
    const rest = file.size === null ? Infinity : Math.max(0, file.size - offset);
    return file.read(offset, Math.min(length, rest));
  };
  return {
    fileSize: file.size,
    fetch: (slices: readonly BlockPlace[]) => Promise.all(slices.map(one)),
    close: () => Promise.resolve(),
  };
}

async function chainOf(tiff: GeoTIFF): Promise<TiffDirectory[]> {
  const found: TiffDirectory[] = [];
  const seen = new Set<number>();
  for (let page = 0, next = tiff.firstIFDOffset; next !== 0 && !seen.has(next) && page < MOST_DIRECTORIES; page++) {
    seen.add(next);
    const directory = await tiff.requestIFD(page);
    found.push(await directoryOf(directory, tiff.littleEndian, page, null));
    next = directory.nextIFDByteOffset;
  }
  return found;
}

async function subifdsOf(tiff: GeoTIFF, { tag, page }: TiffDirectory): Promise<TiffDirectory[]> {
  const offsets = (await tag("SubIFDs")) ?? [];
  const list = typeof offsets === "number" ? [offsets] : Array.from(offsets as ArrayLike<number>);
  return Promise.all(
    list.slice(0, MOST_DIRECTORIES).map(async (offset, index) => {
      const directory = await tiff.parser.parseFileDirectoryAt(Number(offset));
      return directoryOf(directory, tiff.littleEndian, page, index);
    }),
  );
}

async function directoryOf(
  directory: ImageFileDirectory,
  littleEndian: boolean,
  page: number,
  subifd: number | null,
): Promise<TiffDirectory> {
  const tag: TagReader = (name) => directory.loadValue(name as "ImageWidth");
  const number = async (name: string, fallback = NaN) => Number((await tag(name)) ?? fallback);
  const [width, height] = [await number("ImageWidth"), await number("ImageLength")];
  const tiled = !directory.hasTag("StripOffsets");
  const blockWidth = tiled ? await number("TileWidth") : width;
  const rows = tiled ? await number("TileLength") : (await number("RowsPerStrip", 0)) || height;
  const blockHeight = tiled ? rows : Math.min(height, rows);
  const samples = await samplesOf(tag);
  const counts = { width, height, blockWidth, blockHeight, samplesPerPixel: samples.perPixel };
  for (const [key, value] of Object.entries(counts))
    if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${key} of page ${page} is ${value}`);
  if (samples.perPixel > MOST_SAMPLES) throw new Error(`samplesPerPixel of page ${page} is ${samples.perPixel}`);
  return {
    ...{ page, subifd, width, height, blockWidth, blockHeight, tiled, littleEndian, tag },
    subfile: await number("NewSubfileType", 0),
    orientation: await number("Orientation", 1),
    samples,
    place: placesOf(directory, tiled ? "Tile" : "Strip"),
  };
}

function placesOf(directory: ImageFileDirectory, kind: "Tile" | "Strip"): TiffDirectory["place"] {
  const value = (name: string, index: number) =>
    directory.loadValueIndexed(`${kind}${name}`, index).catch((error: unknown) => {
      if (error instanceof RangeError) return undefined; // of an index, or of bytes beyond the file's end
      throw error;
    });
  return async (index) => {
    const [offset, length] = [await value("Offsets", index), await value("ByteCounts", index)];
    if (offset === undefined || length === undefined)
      throw new Error(`it does not know where ${kind.toLowerCase()} ${index} is`);
    return { offset: Number(offset), length: Number(length) };
  };
}
