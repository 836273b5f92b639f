import { GeoTIFF, GeoTIFFImage } from "geotiff";
import { ImageFileError } from "../image-file-error.js";
import type { ByteFile } from "./byte-file.js";
import type { BlockSize } from "./tiff-decoders.js";
import { stepsOf } from "./pyramid-source.js";

/** One picture of a TIFF as its header describes it, before orientation. */
export interface TiffDirectory extends BlockSize {
  readonly image: GeoTIFFImage;
  /** Its number in the chain of pages; for a SubIFD that of its page. */
  readonly page: number;
  readonly subifd: number | null;
  readonly width: number;
  readonly height: number;
  readonly tiled: boolean;
  /** 1 … 8, as in EXIF. */
  readonly orientation: number;
}

/** A header may link its directories in a circle; and a stack of thousands of pages is no pyramid. */
const MOST_DIRECTORIES = 64;
/** No writer makes tiles this large; a damaged header may claim them. */
const MOST_BLOCK_PIXELS = 2 ** 26;

/** A TIFF whose headers are read. */
export interface OpenTiff {
  /** The full resolution first, then coarser versions of it, of the same kind (tiled or in strips) only. */
  readonly directories: readonly [TiffDirectory, ...TiffDirectory[]];
}

/** @throws ImageFileError if `file` is no TIFF, or its headers are damaged or cut short */
export async function openTiff(file: ByteFile): Promise<OpenTiff> {
  const state: FetchState = { mostBytes: null };
  const tiff = await GeoTIFF.fromSource(boundedSource(file, state) as unknown as GeoTIFF["source"]).catch(
    (error: unknown) => {
      throw new ImageFileError(
        file.name,
        /byte order|magic number/.test(messageOf(error)) ? "this is not a TIFF" : damaged(error),
      );
    },
  );
  tiff.parser.eager = !tiff.littleEndian; // what geotiff 3.0 reads later, it reads as if of little-endian files
  try {
    const [full, ...others] = await directoriesOf(tiff);
    if (!full) throw new Error("there is no picture in it");
    const directories = [full, ...others.filter((one) => isCoarser(one, full))] as const;
    await Promise.all(directories.map(requirePlaces));
    state.mostBytes = 2 * Math.max(...directories.map(({ blockBytes }) => blockBytes)) + SPARE_BYTES;
    return { directories };
  } catch (error) {
    throw new ImageFileError(file.name, damaged(error));
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
const damaged = (error: unknown) => `its header is damaged or cut short (${messageOf(error)})`;

interface FetchState {
  /** What a compressed block may have at the most, once the headers are read; null until then. */
  mostBytes: number | null;
}

/** Compression that fails makes data longer, by less than this and twice the block. */
const SPARE_BYTES = 2 ** 16;

/** What geotiff.js reads from: the file, with claims of its header held against the file's length and the size of its blocks. */
function boundedSource(file: ByteFile, state: FetchState) {
  const one = async ({ offset, length }: { offset: number; length: number }): Promise<ArrayBufferLike> => {
    if (!(offset >= 0 && length >= 0)) throw new Error("an offset in it is no number");
    const rest = file.size === null ? Infinity : Math.max(0, file.size - offset);
    const { mostBytes } = state;
    // Headers are asked for in pieces of a fixed length, which may well reach beyond the end.
    if (mostBytes !== null && length > rest)
      throw new Error(
        `bytes ${offset} to ${offset + length} are wanted, but the file has ${file.size}: it is cut short or damaged`,
      );
    if (mostBytes !== null && length > mostBytes)
      throw new Error(`${length} bytes are said to hold it, more than ${mostBytes}: the file is damaged`);
    return file.read(offset, Math.min(length, rest));
  };
  return {
    fileSize: file.size,
    fetch: (slices: readonly { offset: number; length: number }[]) => Promise.all(slices.map(one)),
    close: () => Promise.resolve(),
  };
}

async function directoriesOf(tiff: GeoTIFF): Promise<TiffDirectory[]> {
  const found: TiffDirectory[] = [];
  const seen = new Set<number>();
  for (let page = 0, next = tiff.firstIFDOffset; next !== 0 && !seen.has(next) && page < MOST_DIRECTORIES; page++) {
    seen.add(next);
    const image = await tiff.getImage(page);
    found.push(await directoryOf(image, page, null));
    next = image.fileDirectory.nextIFDByteOffset;
    if (page === 0) found.push(...(await subDirectories(tiff, image)));
  }
  return found;
}

async function subDirectories(tiff: GeoTIFF, image: GeoTIFFImage): Promise<TiffDirectory[]> {
  const offsets: unknown = image.fileDirectory.hasTag("SubIFDs") ? await image.fileDirectory.loadValue("SubIFDs") : [];
  const list = typeof offsets === "number" ? [offsets] : Array.from(offsets as ArrayLike<number>);
  return Promise.all(
    list.slice(0, MOST_DIRECTORIES).map(async (offset, index) => {
      const directory = await tiff.parser.parseFileDirectoryAt(Number(offset));
      return directoryOf(new GeoTIFFImage(directory, tiff.littleEndian, false, tiff.source), 0, index);
    }),
  );
}

async function directoryOf(image: GeoTIFFImage, page: number, subifd: number | null): Promise<TiffDirectory> {
  const sizes = {
    width: image.getWidth(),
    height: image.getHeight(),
    blockWidth: image.getTileWidth(),
    blockHeight: image.getTileHeight(),
  };
  for (const [key, value] of Object.entries(sizes))
    if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${key} of picture ${page} is ${value}`);
  const { blockWidth, blockHeight } = sizes;
  if (blockWidth * blockHeight > MOST_BLOCK_PIXELS)
    throw new Error(
      `its tiles or strips are of ${blockWidth} × ${blockHeight} pixels, too large to be read one by one`,
    );
  const orientation = Number((await image.fileDirectory.loadValue("Orientation")) ?? 1);
  const blockBytes = blockWidth * blockHeight * image.getBytesPerPixel();
  return { image, page, subifd, ...sizes, blockBytes, tiled: image.isTiled, orientation };
}

/** A damaged size may claim any number of tiles that nobody has stored; to look through them would take as long as if they were there. */
async function requirePlaces({ image, tiled, width, height, blockWidth, blockHeight }: TiffDirectory): Promise<void> {
  const blocks = Math.ceil(width / blockWidth) * Math.ceil(height / blockHeight);
  const offsets = image.fileDirectory.loadValueIndexed(tiled ? "TileOffsets" : "StripOffsets", blocks - 1);
  const last = await offsets.catch((error: unknown) => {
    if (error instanceof RangeError) return undefined; // of an index, or of bytes beyond the file's end
    throw error;
  });
  if (last === undefined)
    throw new Error(`of the ${blocks} tiles or strips of ${width} × ${height} pixels it does not know where all are`);
}

/** Whether both sides are those of `full` divided by about the same number: pages may also be labels, or another picture. */
function isCoarser(one: TiffDirectory, full: TiffDirectory): boolean {
  if (one.tiled !== full.tiled || one.width > full.width || one.height > full.height) return false;
  const step = Math.max(...stepsOf(full, one));
  const near = (all: number, pixels: number) => Math.abs(Math.max(1, all / step) - pixels) <= 1;
  return step > 1.01 && near(full.width, one.width) && near(full.height, one.height);
}
