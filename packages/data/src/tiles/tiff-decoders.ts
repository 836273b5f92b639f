import { getDecoder } from "geotiff";
import { interpolateChroma } from "./jpeg-chroma.js";
import { jpegFrame } from "./jpeg-frames.js";
import { lzwDecoded } from "./lzw.js";
import type { TiffDirectory } from "./tiff-directories.js";
import { JPEG, LERC, YCBCR, ZSTANDARD } from "./tiff-samples.js";

const LZW = 5;
const WEBP = 50001;

/** What geotiff.js decodes; WebP in browsers only. */
const DECODED = [1, LZW, JPEG, 8, 32773, 32946, LERC, ZSTANDARD];

const NAMES: Readonly<Record<number, string>> = {
  ...{ 2: "CCITT", 3: "CCITT fax", 4: "CCITT fax", 6: "old-style JPEG", 33003: "JPEG 2000", 33004: "JPEG 2000" },
  ...{ 33005: "JPEG 2000", 34712: "JPEG 2000", 34925: "LZMA", [WEBP]: "WebP", 50002: "JPEG XL" },
};

/** "JPEG 2000 (33003)" */
export const describeCompression = (compression: number): string =>
  NAMES[compression] ? `${NAMES[compression]} (${compression})` : `compression ${compression}`;

export const decodes = (compression: number): boolean =>
  DECODED.includes(compression) || (compression === WEBP && "createImageBitmap" in globalThis);

type DecoderParameters = Parameters<typeof getDecoder>[1];

/**
 * geotiff.js' decoders, without their predictors, which take big-endian files for little-endian ones, and but for data
 * that they would end the process at.
 *
 * @param mostBytes - of a whole tile or strip when nothing is compressed
 */
export async function decompressor(
  directory: TiffDirectory,
  mostBytes: number,
): Promise<(data: ArrayBuffer) => Promise<Uint8Array>> {
  const { samples, blockWidth, blockHeight, tag } = directory;
  const { compression, planar, perPixel, bits } = samples;
  const parameters = {
    ...{ tileWidth: blockWidth, tileHeight: blockHeight, planarConfiguration: planar ? 2 : 1 },
    ...{ bitsPerSample: Array<number>(perPixel).fill(bits), samplesPerPixel: perPixel, predictor: 1 },
    JPEGTables: await tag("JPEGTables"),
    LercParameters: await tag("LercParameters"),
  } as DecoderParameters;
  return async (data) => {
    if (compression === LZW) return lzwDecoded(new Uint8Array(data), mostBytes);
    const frame = compression === JPEG ? jpegFrame(new Uint8Array(data), blockWidth, blockHeight) : null;
    const decoder = await getDecoder(compression, parameters); // one a block: what a damaged one defines ends with it
    const bytes = new Uint8Array(await decoder.decode(data));
    if (frame && samples.photometric === YCBCR) interpolateChroma(bytes, frame);
    return bytes;
  };
}
