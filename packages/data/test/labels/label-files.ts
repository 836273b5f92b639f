import { deflateSync } from "node:zlib";
import { crc32 } from "node:zlib";
import { rng } from "@fovea/nn";
import type { LabelMap } from "../../src/index.js";

/** A map of random ids: no two maps of other seeds alike. */
export const randomLabels = (width: number, height: number, classes: number, seed = 0): LabelMap => ({
  width,
  height,
  data: Uint8Array.from(rng(seed).uint32(width * height), (word) => word % classes),
});

/** What a PNG's header says: bits, and 0 grey, 2 RGB, 3 palette, 4 and 6 the first two with transparency. */
export interface RawPng {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly color: 0 | 2 | 3 | 4 | 6;
  readonly interlaced?: boolean;
  /** Bytes of each row, without the filter's number before them. */
  readonly rows: readonly Uint8Array[];
  /** Colours, three bytes each. */
  readonly palette?: Uint8Array;
}

/** A PNG made by hand, chunk by chunk, as the standard says: not by what is tested. */
export function rawPng({ width, height, bits, color, interlaced = false, rows, palette }: RawPng): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, color, 0, 0, interlaced ? 1 : 0], 8);
  const data = deflateSync(Buffer.concat(rows.flatMap((row) => [Buffer.of(0), row])));
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    chunk("IHDR", header),
    ...(palette ? [chunk("PLTE", palette)] : []),
    chunk("IDAT", data),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
