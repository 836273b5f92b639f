import { pipeline } from "node:stream/promises";
import { crc32, createDeflate } from "node:zlib";
import type { AtomicFile } from "./atomic-file.js";
import type { LabelEncoder, LabelFormat } from "./label-encoder.js";

const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
const [GREY, PALETTE] = [0, 3];

/**
 * A PNG of 8 bits with a colour table, or of 16 bits without. Rows are compressed as they come. Each byte is stored as
 * its difference from the one above (filter 2): areas of one class become zeros.
 */
export async function pngEncoder(
  file: AtomicFile,
  { width, height, bits, palette }: LabelFormat,
): Promise<LabelEncoder> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, bits === 8 ? PALETTE : GREY], 8);
  await file.append(SIGNATURE);
  await file.append(chunk("IHDR", header));
  if (bits === 8) await file.append(chunk("PLTE", Uint8Array.from(palette.flat())));
  const deflate = createDeflate();
  const written = pipeline(deflate, inBlocks, async (blocks: AsyncIterable<Buffer>) => {
    for await (const block of blocks) await file.append(chunk("IDAT", block));
  });
  written.catch(() => undefined); // whoever writes or ends hears of it
  let above: Uint8Array = new Uint8Array((width * bits) / 8);
  return {
    async write(ids) {
      const rows = bigEndian(ids);
      const filtered = upFiltered(rows, above);
      above = rows.slice(rows.length - above.length);
      const accepted = new Promise<void>((resolve, reject) =>
        deflate.write(filtered, (error) => (error ? reject(error) : resolve())),
      );
      accepted.catch(() => undefined);
      await Promise.race([accepted, written]);
    },
    async end() {
      deflate.end();
      await written;
      await file.append(chunk("IEND", new Uint8Array(0)));
    },
    async abort() {
      deflate.destroy();
      await written.catch(() => undefined);
    },
  };
}

const BLOCK = 2 ** 16;

/** Divides bytes into blocks of one size, so that a file does not depend on when they come. */
async function* inBlocks(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    rest = Buffer.concat([rest, piece]);
    for (; rest.length >= BLOCK; rest = rest.subarray(BLOCK)) yield rest.subarray(0, BLOCK);
  }
  if (rest.length > 0) yield rest;
}

/** Length, type, data and checksum. */
function chunk(type: string, data: Uint8Array): Buffer {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, "latin1");
  out.set(data, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}

/** The bytes of the ids, the high one first. */
function bigEndian(ids: Uint8Array | Uint16Array): Uint8Array {
  if (ids instanceof Uint8Array) return ids;
  const out = Buffer.alloc(2 * ids.length);
  ids.forEach((id, i) => out.writeUInt16BE(id, 2 * i));
  return out;
}

const UP = 2;

/** Each row less the one above it, the filter's number before it. */
function upFiltered(rows: Uint8Array, above: Uint8Array): Uint8Array {
  const stride = above.length;
  const count = rows.length / stride;
  const out = new Uint8Array(rows.length + count);
  for (let row = 0, to = 0; row < count; row++) {
    const [previous, shift] = row === 0 ? [above, 0] : [rows, (row - 1) * stride];
    out[to++] = UP;
    for (let i = 0; i < stride; i++) out[to++] = rows[row * stride + i]! - previous[shift + i]!;
  }
  return out;
}
