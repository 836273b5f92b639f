import { getDecoder } from "geotiff";
import { ZSTDDecoder } from "zstddec";
import { interpolateChroma } from "./jpeg-chroma.js";
import { jpegFrame } from "./jpeg-frames.js";
import { lzwDecoded } from "./lzw.js";
import type { TiffDirectory } from "./tiff-directory.js";
import { JPEG, LERC, numbersOf, YCBCR, ZSTANDARD } from "./tiff-samples.js";

const LZW = 5;
const WEBP = 50001;

/** The compressions that geotiff.js decodes; WebP in browsers only. */
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

/** Compression that fails makes data longer, by less than this. */
export const mostStored = (bytes: number): number => 2 * bytes + 2 ** 16;

/**
 * geotiff.js' decoders, without their predictors, which take big-endian files for little-endian ones, and but for data
 * that they would end the process at.
 *
 * @param mostBytes - of a full tile or strip when nothing is compressed
 */
export async function decompressor(
  directory: TiffDirectory,
  mostBytes: number,
): Promise<(data: ArrayBuffer) => Promise<Uint8Array>> {
  const { samples, blockWidth, blockHeight, tag } = directory;
  const { compression, planar, perPixel, bits } = samples;
  const [lercVersion, lercCompression] = await numbersOf(tag, "LercParameters");
  const zstandardLerc = compression === LERC && lercCompression === 2;
  const parameters = {
    ...{ tileWidth: blockWidth, tileHeight: blockHeight, planarConfiguration: planar ? 2 : 1 },
    ...{ bitsPerSample: Array<number>(perPixel).fill(bits), samplesPerPixel: perPixel, predictor: 1 },
    JPEGTables: await tag("JPEGTables"),
    LercParameters: [lercVersion, zstandardLerc ? 0 : lercCompression],
  } as DecoderParameters;
  return async (data) => {
    if (compression === LZW) return lzwDecoded(new Uint8Array(data), mostBytes);
    if (compression === ZSTANDARD) return zstandardDecoded(data, mostBytes);
    const frame = compression === JPEG ? jpegFrame(new Uint8Array(data), blockWidth, blockHeight) : null;
    const decoder = await getDecoder(compression, parameters); // one a block: what a damaged one defines ends with it
    const stored = zstandardLerc ? (await zstandardDecoded(data, mostStored(mostBytes))).buffer : data;
    const bytes = new Uint8Array(await decoder.decode(stored as ArrayBuffer));
    if (frame && samples.photometric === YCBCR) interpolateChroma(bytes, frame);
    return bytes;
  };
}

/**
 * The decoders of geotiff.js 3.0 take the size from the data, or go on without end where these are damaged.
 *
 * @param mostBytes - at most 1.5 · 2³⁰: for more there is no memory, which this decoder does not see
 */
async function zstandardDecoded(data: ArrayBuffer, mostBytes: number): Promise<Uint8Array> {
  const decoder = new ZSTDDecoder();
  await decoder.init();
  const bytes = decoder.decode(new Uint8Array(data), mostBytes);
  if (bytes.length === 0) throw new Error("its Zstandard data are damaged");
  return bytes;
}
