import type { Pixels } from "@fovea/nn";
import sharp from "sharp";
import { WHITE, type Color } from "../../image.js";
import { ImageFileError } from "../../image-file-error.js";
import { interpolated, sampledColors } from "../../tiles/color-lut.js";
import type { TiffDirectory } from "../../tiles/tiff-directory.js";
import type { PageReader } from "../../tiles/tiff-page.js";
import { alphaOf, CMYK } from "../../tiles/tiff-samples.js";

/** Converts the colours of pixels to sRGB. */
export type SrgbConverter = (pixels: Pixels) => Promise<Pixels>;

/**
 * Converts stored colours to sRGB by the page's colour profile, perceptually; null if it has none. libvips does so, but
 * sets a LUT profile up again each time, which takes up to half a second: of those the colours are sampled once.
 *
 * @throws ImageFileError for a profile that is not of RGB, or is cut short
 */
export async function srgbConverter(path: string, { tag, samples }: TiffDirectory): Promise<SrgbConverter | null> {
  const profile = (await tag("ICC Profile")) as Uint8Array | undefined;
  if (!profile || samples.photometric === CMYK) return null; // sharp has converted CMYK by then
  requireRgb(path, profile);
  const byVips: SrgbConverter = async (pixels) => {
    const data = await sharp(tiffOf(pixels, profile), { failOn: "warning" }).raw().toBuffer();
    return { ...pixels, data };
  };
  if (!isLut(profile)) return byVips;
  const lut = await byVips(sampledColors());
  return async (pixels) => interpolated(pixels, lut);
}

/**
 * The page in sRGB. What lies behind transparent pixels is no colour of its profile: how transparent they are shows
 * when they are read on black and on white.
 *
 * @param pageOn - reads the page with that behind transparent pixels
 */
export async function srgbPage(
  { samples }: TiffDirectory,
  convert: SrgbConverter,
  background: Color,
  pageOn: (background: Color) => Promise<PageReader>,
): Promise<PageReader> {
  const onBlack = await pageOn([0, 0, 0]);
  if (!alphaOf(samples)) return { ...onBlack, read: async (region) => convert(await onBlack.read(region)) };
  const onWhite = await pageOn(WHITE);
  const read: PageReader["read"] = async (region) => {
    const [black, white] = await Promise.all([onBlack.read(region), onWhite.read(region)]);
    const alpha = black.data.map((value, i) => 255 + value - white.data[i]!);
    const straight = black.data.map((value, i) => Math.min(255, (255 * value) / Math.max(1, alpha[i]!) + 0.5));
    const { data } = await convert({ ...black, data: straight });
    const over = (front: number, a: number, behind: number) => (front * a + behind * (255 - a)) / 255 + 0.5;
    return { ...black, data: data.map((value, i) => over(value, alpha[i]!, background[i % 3]!)) };
  };
  return { ...onBlack, read };
}

const textAt = (profile: Uint8Array, at: number) => String.fromCharCode(...profile.subarray(at, at + 4));
const numberAt = (profile: Uint8Array, at: number) =>
  profile.slice(at, at + 4).reduce((sum, byte) => 256 * sum + byte, 0);

/** Whether a profile has one of these tags. They are listed behind the header (ICC.1:2010, table 22). */
const hasTag = (profile: Uint8Array, ...names: readonly string[]): boolean =>
  Array.from({ length: Math.min(numberAt(profile, 128), 100) }, (_, i) => textAt(profile, 132 + 12 * i)).some((tag) =>
    names.includes(tag),
  );

/** Whether it has a table of colours, in 8 or 16 bits or floats, not curves and a matrix alone. */
const isLut = (profile: Uint8Array): boolean => hasTag(profile, "A2B0", "D2B0");

/** libvips takes a profile that it cannot read for sRGB's. The header is that of ICC.1:2010, table 17. */
function requireRgb(path: string, profile: Uint8Array): void {
  const space = textAt(profile, 16).trim();
  if (profile.length < 132 || numberAt(profile, 0) > profile.length || textAt(profile, 36) !== "acsp")
    throw new ImageFileError(path, `its colour profile is damaged or cut short, at ${profile.length} bytes`);
  if (space !== "RGB")
    throw new ImageFileError(path, `its colour profile is of ${space}, and only those of RGB are converted`);
  if (!isLut(profile) && !hasTag(profile, "rXYZ"))
    throw new ImageFileError(path, "its colour profile is damaged: it has neither a table of colours nor a matrix");
}

/** An uncompressed TIFF of one strip with a colour profile: sharp takes profiles from files only. */
function tiffOf({ width, height, data }: Pixels, profile: Uint8Array): Uint8Array {
  const [SHORT, LONG, UNDEFINED] = [3, 4, 7];
  const [strip, bits] = [8, 8 + data.length + (data.length % 2)];
  const icc = bits + 6;
  const directory = icc + profile.length + (profile.length % 2);
  const entries = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, 3, bits],
    [259, SHORT, 1, 1],
    [262, SHORT, 1, 2],
    [273, LONG, 1, strip],
    [277, SHORT, 1, 3],
    [278, LONG, 1, height],
    [279, LONG, 1, data.length],
    [34675, UNDEFINED, profile.length, icc],
  ] as const;
  const file = new Uint8Array(directory + 2 + 12 * entries.length + 4);
  const view = new DataView(file.buffer);
  file.set([0x49, 0x49, 42]);
  view.setUint32(4, directory, true);
  file.set(data, strip);
  for (let c = 0; c < 3; c++) view.setUint16(bits + 2 * c, 8, true);
  file.set(profile, icc);
  view.setUint16(directory, entries.length, true);
  entries.forEach(([tag, type, count, value], i) => {
    const at = directory + 2 + 12 * i;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, count, true);
    view.setUint32(at + 8, value, true);
  });
  return file;
}
