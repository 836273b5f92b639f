/** A tag of a TIFF's directory by its name, as geotiff.js calls it; undefined where there is none. */
export type TagReader = (name: string) => Promise<unknown>;

/** What a TIFF's header says of its samples, by the numbers of TIFF 6.0; 0 where the samples of a pixel differ. */
export interface TiffSamples {
  readonly perPixel: number;
  readonly bits: number;
  /** 1 unsigned, 2 signed, 3 floating point. */
  readonly format: number;
  /** PhotometricInterpretation. */
  readonly interpretation: number;
  /**
   * ExtraSamples: what those beyond the colours mean. 0 nothing, 1 alpha that colours were multiplied by, 2 other
   * alpha.
   */
  readonly extra: readonly number[];
  /** Whether each sample has tiles or strips of its own. */
  readonly planar: boolean;
  readonly compression: number;
  /** 1 none, 2 differences of whole numbers, 3 of floating point. */
  readonly predictor: number;
  /** 2: the bits of each byte are stored in reverse. */
  readonly fillOrder: number;
}

const [UNSIGNED, UNDEFINED] = [1, 4];
export const PALETTE = 3;
export const MASK = 4;
export const CMYK = 5;
export const YCBCR = 6;
export const JPEG = 7;
export const LERC = 34887;

/**
 * How many samples of a pixel are colour, by interpretation: white or black is zero, RGB, palette, mask, CMYK, YCbCr,
 * Lab.
 */
const COLORS: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 3, 3: 1, 4: 1, 5: 4, 6: 3, 8: 3, 9: 3, 10: 3 };

export async function samplesOf(tag: TagReader): Promise<TiffSamples> {
  const number = async (name: string, fallback: number) => Number((await tag(name)) ?? fallback);
  const list = async (name: string, fallback: readonly number[]): Promise<readonly number[]> => {
    const value = (await tag(name)) ?? fallback;
    return typeof value === "number" ? [value] : Array.from(value as ArrayLike<number>);
  };
  const compression = await number("Compression", 1);
  const formats = (await list("SampleFormat", [UNSIGNED])).map((one) => (one === UNDEFINED ? UNSIGNED : one));
  return {
    perPixel: await number("SamplesPerPixel", 1),
    bits: same(await list("BitsPerSample", [1])),
    format: same(formats),
    interpretation: await number("PhotometricInterpretation", -1),
    extra: await list("ExtraSamples", []),
    planar: (await number("PlanarConfiguration", 1)) === 2,
    compression,
    predictor: PREDICTED.includes(compression) ? await number("Predictor", 1) : 1,
    fillOrder: await number("FillOrder", 1),
  };
}

/** LZW, deflate, Zstandard: what else says that it has a predictor has none, as in libtiff. */
const PREDICTED = [5, 8, 32946, 50000];

/** One entry may stand for all samples. */
const same = ([first = 0, ...others]: readonly number[]): number =>
  others.every((other) => other === first) ? first : 0;

export const colorsOf = ({ interpretation }: TiffSamples): number => COLORS[interpretation] ?? 1;

/**
 * Whether the first sample beyond the colours is alpha, and whether colours were multiplied by it: null without alpha.
 */
export function alphaOf(samples: TiffSamples): { readonly premultiplied: boolean } | null {
  const [extra] = samples.perPixel > colorsOf(samples) ? samples.extra : [];
  return extra === 1 || extra === 2 ? { premultiplied: extra === 1 } : null;
}

const NAMES: Readonly<Record<number, string>> = {
  ...{ 0: "grey", 1: "grey", 2: "RGB", 3: "palette", 4: "mask", 5: "CMYK", 6: "RGB", 8: "Lab", 9: "Lab", 10: "Lab" },
  ...{ 32803: "camera raw", 34892: "camera raw" },
};

/**
 * "32-bit floating-point grey": pages that are spoken of alike may be versions of one image. JPEG stores RGB as YCbCr.
 */
export function spokenSamples({ bits, format, interpretation }: TiffSamples): string {
  const numbers = { 1: "", 2: " signed", 3: " floating-point" }[format] ?? ` (format ${format})`;
  return `${bits === 0 ? "mixed" : `${bits}-bit`}${numbers} ${NAMES[interpretation] ?? `colour ${interpretation}`}`;
}
