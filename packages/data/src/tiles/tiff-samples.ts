/** A tag of a TIFF's directory by its name, as geotiff.js calls it; undefined where there is none. */
export type TagReader = (name: string) => Promise<unknown>;

/**
 * The samples of a TIFF as its header describes them, by the numbers of TIFF 6.0; 0 where the samples of a pixel
 * differ.
 */
export interface TiffSamples {
  readonly perPixel: number;
  readonly bits: number;
  /** 1 unsigned, 2 signed, 3 floating point. */
  readonly format: number;
  /** PhotometricInterpretation; null where the header does not say it. */
  readonly photometric: number | null;
  /**
   * ExtraSamples: what those beyond the colours mean. 0 nothing, 1 alpha that colours were multiplied by, 2 other
   * alpha.
   */
  readonly extra: readonly number[];
  /** Whether each sample has tiles or strips of its own. */
  readonly planar: boolean;
  readonly compression: number;
  /** 1 none, 2 the horizontal predictor, 3 that of floating point. */
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
export const ZSTANDARD = 50000;

/** LZW, deflate, Zstandard: what else says that it has a predictor has none, as in libtiff. */
const PREDICTED = [5, 8, 32946, ZSTANDARD];

/** The numbers of a tag; `fallback` where there is none. */
export async function numbersOf(tag: TagReader, name: string, ...fallback: number[]): Promise<readonly number[]> {
  const value = (await tag(name)) ?? fallback;
  return typeof value === "number" ? [value] : Array.from(value as ArrayLike<number>, Number);
}

export const numberOf = async (tag: TagReader, name: string, fallback = NaN): Promise<number> =>
  (await numbersOf(tag, name, fallback))[0] ?? fallback;

export async function samplesOf(tag: TagReader): Promise<TiffSamples> {
  const number = (name: string, fallback: number) => numberOf(tag, name, fallback);
  const [photometric = null] = await numbersOf(tag, "PhotometricInterpretation");
  const [compression, perPixel] = [await number("Compression", 1), await number("SamplesPerPixel", 1)];
  const formats = (await numbersOf(tag, "SampleFormat", UNSIGNED)).map((one) => (one === UNDEFINED ? UNSIGNED : one));
  return {
    ...{ perPixel, compression, photometric },
    bits: same((await numbersOf(tag, "BitsPerSample", 1)).slice(0, perPixel)),
    format: same(formats.slice(0, perPixel)),
    extra: await numbersOf(tag, "ExtraSamples"),
    planar: (await number("PlanarConfiguration", 1)) === 2,
    predictor: PREDICTED.includes(compression) ? await number("Predictor", 1) : 1,
    fillOrder: await number("FillOrder", 1),
  };
}

/** One entry may stand for all samples. */
const same = ([first = 0, ...others]: readonly number[]): number =>
  others.every((other) => other === first) ? first : 0;

/** By PhotometricInterpretation: its name, and how many samples of a pixel are colour. JPEG stores RGB as YCbCr. */
const COLORS: Readonly<Record<number, readonly [name: string, samples: number]>> = {
  ...{ 0: ["grey", 1], 1: ["grey", 1], 2: ["RGB", 3], [PALETTE]: ["palette", 1], [MASK]: ["mask", 1] },
  ...{ [CMYK]: ["CMYK", 4], [YCBCR]: ["RGB", 3], 8: ["Lab", 3], 9: ["Lab", 3], 10: ["Lab", 3] },
  ...{ 32803: ["camera raw", 1], 34892: ["camera raw", 1] },
};

export const colorsOf = ({ photometric }: TiffSamples): number => COLORS[photometric ?? NaN]?.[1] ?? 1;

/** Which sample of a pixel is alpha. */
export interface Alpha {
  readonly sample: number;
  /** Whether the colours were multiplied by it. */
  readonly premultiplied: boolean;
}

/** The first sample beyond the colours that ExtraSamples calls alpha; null without any. */
export function alphaOf(samples: TiffSamples): Alpha | null {
  const first = samples.extra.findIndex((kind) => kind === 1 || kind === 2);
  const sample = colorsOf(samples) + first;
  return first < 0 || sample >= samples.perPixel ? null : { sample, premultiplied: samples.extra[first] === 1 };
}

/**
 * Which samples of a pixel are read: where each has tiles or strips of its own those that are shown, else all, as they
 * lie side by side.
 */
export function samplesRead(samples: TiffSamples): readonly number[] {
  const alpha = alphaOf(samples);
  const count = samples.planar ? colorsOf(samples) : samples.perPixel;
  return [...Array(count).keys(), ...(samples.planar && alpha ? [alpha.sample] : [])];
}

/** "32-bit floating-point grey": pages that are described alike may be versions of one image. */
export function describeSamples({ bits, format, photometric }: TiffSamples): string {
  const numbers = { 1: "", 2: " signed", 3: " floating-point" }[format] ?? ` (format ${format})`;
  const colors = COLORS[photometric ?? NaN]?.[0] ?? `colour ${photometric}`;
  return `${bits === 0 ? "mixed" : `${bits}-bit`}${numbers} ${colors}`;
}
