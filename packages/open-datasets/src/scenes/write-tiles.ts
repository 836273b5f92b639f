import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import sharp from "sharp";

/** How a scene is written. */
export interface WriteOptions {
  /** "deflate" keeps every byte, at several times the size. Default "jpeg". */
  readonly compression?: "jpeg" | "deflate" | undefined;
  /** Quality of JPEG, 1 … 100; below 90 its colours have half the resolution. Default 90. */
  readonly quality?: number | undefined;
  /**
   * Called now and then with the number of rows that are painted. When all are, they are compressed, which takes about
   * as long. Default: nobody is told.
   */
  readonly onRows?: ((rows: number) => void) | undefined;
  /** Once aborted, writing stops, and what was at `path` before is left. Default: nothing stops it. */
  readonly signal?: AbortSignal | undefined;
}

interface Image {
  readonly width: number;
  readonly height: number;
  /** RGB of so many full rows. */
  rows(top: number, count: number): Promise<Uint8Array>;
}

/** Rows that are in memory at once. */
const STRIP = 64;

/**
 * A tiled pyramidal BigTIFF by sharp, whatever the size. The rows go to a temporary file beside `path` first,
 * uncompressed (3 bytes a pixel), since sharp takes what is not a file into memory all at once. `path` is replaced when
 * all is there.
 *
 * @throws the signal's reason if it is aborted
 */
export async function writeTiles(path: string, image: Image, options: WriteOptions = {}): Promise<void> {
  const { compression = "jpeg", quality = 90, signal } = options;
  const unique = `${path}.${randomUUID()}`;
  const [strips, tiles] = [`${unique}.strips`, `${unique}.part`];
  try {
    await writeStrips(strips, image, options);
    await sharp(strips, { limitInputPixels: false })
      .tiff({ tile: true, tileWidth: 256, tileHeight: 256, pyramid: true, bigtiff: true, compression, quality })
      .toFile(tiles);
    signal?.throwIfAborted();
    await rename(tiles, path);
  } finally {
    await Promise.all([strips, tiles].map((file) => rm(file, { force: true })));
  }
}

async function writeStrips(
  path: string,
  { width, height, rows }: Image,
  { signal, onRows }: WriteOptions,
): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(stripsHeader(width, height));
    for (let top = 0; top < height; top += STRIP) {
      signal?.throwIfAborted();
      const count = Math.min(STRIP, height - top);
      await file.writeFile(await rows(top, count)); // at the current position, in as many calls as it takes
      onRows?.(top + count);
    }
  } finally {
    await file.close();
  }
}

const [SHORT, LONG8] = [3, 16];

/** All of an uncompressed BigTIFF in strips but the pixels, which follow. */
function stripsHeader(width: number, height: number): Buffer {
  const strips = Math.ceil(height / STRIP);
  const sizes = Array.from({ length: strips }, (_, i) => 3 * width * Math.min(STRIP, height - i * STRIP));
  const entries = 10;
  const lists = 16 + 8 + 20 * entries + 8;
  const pixels = lists + 16 * strips;
  const starts = sizes.map((_, i) => pixels + i * 3 * width * STRIP);
  const header = Buffer.alloc(pixels);
  let end = 0;
  const put = (bytes: 2 | 4 | 8, ...values: number[]) => {
    for (const value of values) {
      if (bytes === 8) header.writeBigUInt64LE(BigInt(value), end);
      else header.writeUIntLE(value, end, bytes);
      end += bytes;
    }
  };
  const entry = (tag: number, type: number, count: number, value: number) => {
    put(2, tag, type);
    put(8, count, value);
  };
  /** A list of one is stored in place of its position. */
  const list = (tag: number, values: readonly number[], at: number) =>
    entry(tag, LONG8, strips, strips === 1 ? values[0]! : at);
  put(2, 0x4949, 43, 8, 0);
  put(8, 16, entries);
  entry(256, LONG8, 1, width);
  entry(257, LONG8, 1, height);
  entry(258, SHORT, 3, 8 + 8 * 2 ** 16 + 8 * 2 ** 32); // bits per sample
  entry(259, SHORT, 1, 1); // uncompressed
  entry(262, SHORT, 1, 2); // RGB
  list(273, starts, lists);
  entry(277, SHORT, 1, 3); // samples
  entry(278, LONG8, 1, STRIP);
  list(279, sizes, lists + 8 * strips);
  entry(284, SHORT, 1, 1); // interleaved
  put(8, 0, ...starts, ...sizes);
  return header;
}
