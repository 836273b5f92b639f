import { decode, type DecodedPng } from "fast-png";
import type { Color } from "../../image.js";
import type { LabelMap } from "../../labels/label-map.js";
import type { LabelHeader } from "./label-header.js";

/** The kinds of PNG, by the number in their header. */
const KINDS: Readonly<Record<number, string>> = {
  0: "ids", // grey
  2: "an RGB image",
  3: "ids", // palette
  4: "a grey image with transparency",
  6: "an RGB image with transparency",
};

const SIGNATURE = "89504e470d0a1a0a";

/** Bytes of the signature and the header. */
export const PNG_HEADER_BYTES = 33;

export const isPng = (bytes: Uint8Array): boolean => Buffer.from(bytes.subarray(0, 8)).toString("hex") === SIGNATURE;

/** What the header of a PNG says. @throws Error if it is damaged, or of a kind that is not read */
export function pngHeader(bytes: Uint8Array): LabelHeader {
  if (bytes.length < PNG_HEADER_BYTES) throw new Error("the file is cut short");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height, depth] = [view.getUint32(16), view.getUint32(20), view.getUint8(24)];
  const [kind, interlaced] = [KINDS[view.getUint8(25)], view.getUint8(28) !== 0];
  if (kind === undefined || width === 0 || height === 0) throw new Error("its header is damaged");
  if (interlaced && depth < 8)
    // the decoder takes each of these pixels for a byte
    throw new Error(`it is interlaced, with ${depth} bits a pixel, which is not read; save it without interlacing`);
  return { width, height, depth, kind };
}

/**
 * The ids of a grey or palette PNG, as they are stored: of a palette the indices, not the colours.
 *
 * @throws Error if the file is damaged or cut short
 */
export function decodePngLabels(bytes: Uint8Array): LabelMap {
  const png = decode(bytes, { checkCrc: true });
  const { width, height } = png;
  const data = unpacked(png);
  const palette = png.palette?.map(([red = 0, green = 0, blue = 0]): Color => [red, green, blue]);
  return { width, height, data, ...(palette && { palette }) };
}

/** One number for each pixel. Of less than 8 bits, several share a byte, the first in the highest bits. */
function unpacked({ data, depth, width, height }: DecodedPng): Uint8Array | Uint16Array {
  if (data instanceof Uint16Array) return data;
  if (depth >= 8) return new Uint8Array(data);
  const out = new Uint8Array(width * height);
  const [each, mask] = [8 / depth, 2 ** depth - 1];
  const stride = Math.ceil(width / each);
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++, to++)
      out[to] = (data[y * stride + Math.floor(x / each)]! >> (8 - depth * ((x % each) + 1))) & mask;
  return out;
}
