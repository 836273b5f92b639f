import type { SampleRange } from "./tiff-options.js";
import { decodes, describeCompression } from "./tiff-decoders.js";
import type { TiffDirectory } from "./tiff-directory.js";
import { canUnpack } from "./unpack-samples.js";
import { alphaOf, colorsOf, JPEG, LERC, PALETTE, describeSamples, YCBCR, type TiffSamples } from "./tiff-samples.js";

/**
 * Most pixels of a tile or strip that is decoded at once: 200 MB of RGB. No writer makes such tiles; a damaged header
 * may claim them.
 */
const MOST_BLOCK_PIXELS = 2 ** 26;
const MOST_BLOCK_BYTES = 2 ** 29;

/** White or black is zero, RGB, palette, mask, and what JPEG stores. */
const READ = [0, 1, 2, 3, 4, 6];

/** Why a page cannot be read in JavaScript, and what to do about it; null if it can be. */
export function refusalOf(directory: TiffDirectory, range: SampleRange | undefined): string | null {
  const { samples } = directory;
  return (
    compressionRefusal(samples) ?? colorRefusal(samples) ?? sampleRefusal(samples, range) ?? blockRefusal(directory)
  );
}

function compressionRefusal({ compression, fillOrder }: TiffSamples): string | null {
  if (!decodes(compression))
    return `its pixels are stored as ${describeCompression(compression)}, which is not decoded here; write it again with deflate, LZW or JPEG`;
  return fillOrder === 2 ? "the bits of its bytes are stored in reverse (FillOrder 2), which is not read here" : null;
}

function colorRefusal(samples: TiffSamples): string | null {
  const { photometric, perPixel } = samples;
  if (photometric === null) return "its header does not say PhotometricInterpretation";
  const kind = photometric === YCBCR ? "YCbCr that is no JPEG" : describeSamples(samples);
  if (!READ.includes(photometric) || (photometric === YCBCR && !isJpegOfThree(samples)))
    return `${kind} is not read here, only grey, palettes, RGB and the YCbCr of JPEG; convert it to RGB`;
  if (perPixel < colorsOf(samples)) return `it has ${perPixel} samples a pixel, too few for ${kind}`;
  return photometric === PALETTE && alphaOf(samples) ? "a palette with alpha is not read here" : null;
}

const isJpegOfThree = ({ compression, bits, perPixel, planar }: TiffSamples): boolean =>
  compression === JPEG && bits === 8 && perPixel === 3 && !planar;

function sampleRefusal(samples: TiffSamples, range: SampleRange | undefined): string | null {
  const { bits, format, predictor, photometric, compression } = samples;
  if (compression === LERC && bits === 32 && format === 1)
    // the decoder that geotiff.js 3.0 takes fails at some blocks
    return "32-bit numbers without sign are not read here from LERC; write them again with deflate or LZW";
  if (!canUnpack(samples) || (photometric === PALETTE && (bits > 16 || format !== 1)))
    return `${describeSamples(samples)} samples with predictor ${predictor} are not read here, only whole numbers of 1, 2, 4, 8, 16 and 32 bits and floating point of 16, 32 and 64`;
  if (photometric === PALETTE)
    return range ? "`range` says which numbers are black and white, but its samples are numbers of a palette" : null;
  if (range || (format === 1 && bits <= 16)) return null;
  return `its samples are ${describeSamples(samples)}, of which no number is black or white by itself: open it with \`range: [black, white]\`${format === 3 ? ", such as `range: [0, 1]`" : ""}`;
}

function blockRefusal(directory: TiffDirectory): string | null {
  const { blockWidth, blockHeight, tiled, samples } = directory;
  const [pixels, stride] = [blockWidth * blockHeight, samples.planar ? 1 : samples.perPixel];
  const small = pixels <= MOST_BLOCK_PIXELS && (pixels * stride * samples.bits) / 8 <= MOST_BLOCK_BYTES;
  if (small) return null;
  const kind = tiled ? "tile" : "strip";
  return `its tiles or strips are of ${blockWidth} × ${blockHeight} pixels, too large to decode a full ${kind} for every read; write it again in tiles of 256 × 256`;
}
