import { promisify } from "node:util";
import { deflate } from "node:zlib";
import { forEachConcurrently } from "../../tiles/concurrency.js";
import type { AtomicFile } from "./atomic-file.js";
import type { LabelEncoder, LabelFormat } from "./label-encoder.js";

const compress = promisify(deflate);

/** Width and height of a tile, in pixels. */
const TILE = 256;
/** Tiles that are compressed at once: each needs a quarter of a megabyte, and Node has four threads for them. */
const AT_ONCE = 4;

/**
 * A TIFF in tiles of 256 × 256 pixels, compressed by deflate, with a colour table if ids have 8 bits. It is a BigTIFF
 * where 32 bits may not reach its end. A row of tiles is in memory at once. The directory comes last, when the places
 * of all tiles are known.
 */
export async function tiffEncoder(file: AtomicFile, format: LabelFormat): Promise<LabelEncoder> {
  const { width, height, bits } = format;
  const columns = Math.ceil(width / TILE);
  const big = columns * Math.ceil(height / TILE) * TILE * TILE * (bits / 8) > 2 ** 31;
  const [places, sizes] = [[] as number[], [] as number[]];
  const band = bits === 8 ? new Uint8Array(width * TILE) : new Uint16Array(width * TILE);
  let filled = 0;
  await file.append(headerOf(big, 0));
  const flush = async () => {
    if (filled === 0) return;
    band.fill(0, filled);
    const tiles: Buffer[] = [];
    await forEachConcurrently(Array(columns).keys(), AT_ONCE, async (column) => {
      tiles[column] = await compress(tileOf(band, width, column * TILE));
    });
    for (const tile of tiles) {
      places.push(file.length);
      sizes.push(tile.length);
      await file.append(tile);
    }
    filled = 0;
  };
  return {
    async write(ids) {
      for (let from = 0; from < ids.length;) {
        const part = ids.subarray(from, from + band.length - filled);
        band.set(part, filled);
        filled += part.length;
        from += part.length;
        if (filled === band.length) await flush();
      }
    },
    async end() {
      await flush();
      if (file.length % 2 === 1) await file.append(new Uint8Array(1)); // a directory begins at an even place
      const start = file.length;
      await file.append(directoryOf(big, start, tagsOf(format, places, sizes, big)));
      await file.replace(headerOf(big, start), 0);
    },
    abort: () => Promise.resolve(),
  };
}

/** The ids of a tile, low byte first; columns right of the image are 0. */
function tileOf(band: Uint8Array | Uint16Array, width: number, left: number): Buffer {
  const bytes = band.BYTES_PER_ELEMENT;
  const out = Buffer.alloc(TILE * TILE * bytes);
  for (let y = 0; y < TILE; y++) {
    const row = band.subarray(y * width + left, y * width + Math.min(width, left + TILE));
    if (bytes === 1) out.set(row, y * TILE);
    else row.forEach((id, x) => out.writeUInt16LE(id, 2 * (y * TILE + x)));
  }
  return out;
}

/** @param directory - where the directory begins */
function headerOf(big: boolean, directory: number): Buffer {
  const out = Buffer.alloc(big ? 16 : 8);
  out.writeUInt16LE(0x4949, 0);
  out.writeUInt16LE(big ? 43 : 42, 2);
  if (big) {
    out.writeUInt16LE(8, 4); // bytes of a place in the file
    out.writeBigUInt64LE(BigInt(directory), 8);
  } else out.writeUInt32LE(directory, 4);
  return out;
}

const [SHORT, LONG, LONG8] = [3, 4, 16];
const BYTES: Readonly<Record<number, 2 | 4 | 8>> = { [SHORT]: 2, [LONG]: 4, [LONG8]: 8 };

interface Tag {
  readonly tag: number;
  readonly type: number;
  readonly values: readonly number[];
}

function tagsOf({ width, height, bits, palette }: LabelFormat, places: number[], sizes: number[], big: boolean): Tag[] {
  const [one, place] = [
    (tag: number, value: number): Tag => ({ tag, type: LONG, values: [value] }),
    big ? LONG8 : LONG,
  ];
  const short = (tag: number, value: number): Tag => ({ tag, type: SHORT, values: [value] });
  const colors = [0, 1, 2].flatMap((c) => palette.map((color) => color[c]! * 257)); // 255 → 65535
  return [
    one(256, width),
    one(257, height),
    short(258, bits), // bits per sample
    short(259, 8), // deflate
    short(262, bits === 8 ? 3 : 1), // with colours, or 0 is black
    short(277, 1), // samples per pixel
    ...(bits === 8 ? [{ tag: 320, type: SHORT, values: colors }] : []),
    one(322, TILE),
    one(323, TILE),
    { tag: 324, type: place, values: places },
    { tag: 325, type: LONG, values: sizes },
    short(339, 1), // whole numbers without a sign
  ];
}

/** The entries, and after them the values that are longer than the place that an entry has for them. */
function directoryOf(big: boolean, start: number, tags: readonly Tag[]): Buffer {
  const [counter, entry, inline] = big ? [8, 20, 8] : [2, 12, 4];
  const beside = start + counter + entry * tags.length + inline;
  const longer = tags
    .map(({ type, values }) => BYTES[type]! * values.length)
    .map((n) => (n > inline ? n + (n % 2) : 0));
  const out = Buffer.alloc(beside - start + longer.reduce((a, b) => a + b, 0));
  const put = (value: number, at: number, bytes: 2 | 4 | 8) =>
    bytes === 8 ? out.writeBigUInt64LE(BigInt(value), at) : out.writeUIntLE(value, at, bytes);
  put(tags.length, 0, counter as 2 | 8);
  let next = beside;
  tags.forEach(({ tag, type, values }, i) => {
    const at = counter + i * entry;
    put(tag, at, 2);
    put(type, at + 2, 2);
    put(values.length, at + 4, inline as 4 | 8);
    const field = at + 4 + inline;
    const first = longer[i] === 0 ? field : next - start;
    values.forEach((value, k) => put(value, first + k * BYTES[type]!, BYTES[type]!));
    if (longer[i]! > 0) put(next, field, inline as 4 | 8);
    next += longer[i]!;
  });
  return out;
}
