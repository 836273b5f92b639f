import type { Pixels } from "@fovea/nn";
import { readFile, stat } from "node:fs/promises";
import sharp, { type Metadata } from "sharp";
import { ImageFileError, NO_SUCH_FILE, reasonOf } from "../image-file-error.js";
import { requireColor, requireProfile, sidesOf, WHITE, type Box, type Color, type Size } from "../image.js";

/** Chooses the part of an image that is kept, given the size of the full image. */
export type Crop = (size: { readonly width: number; readonly height: number }) => Box;

/** How a file becomes `Pixels`. */
export interface DecodeOptions {
  /**
   * The part that is kept, before `size`: what lies outside the image is cut off, fractions round outwards. Default:
   * all.
   */
  readonly crop?: Crop;
  /** Size that the image is resized to while decoding, which is much cheaper for JPEG. Default: its own size. */
  readonly size?: Size;
  /**
   * How an image is fitted to a `size` of another aspect ratio. `cover`: the center is cropped. `contain`: bars of
   * `background` are added. `fill`: it is stretched. Default "cover".
   */
  readonly fit?: "cover" | "contain" | "fill";
  /** Color behind transparent pixels, and beside an image with `fit: "contain"`. Default white. */
  readonly background?: Color;
  /**
   * What becomes of colours if the file has a colour profile: "convert" gives sRGB, "ignore" the stored numbers, as
   * Pillow does. CMYK is always converted. Default "convert".
   */
  readonly profile?: "convert" | "ignore";
  /** Images with more pixels are refused before they are decoded. Default 2²⁸ (16384 × 16384). */
  readonly limitInputPixels?: number;
}

export const DEFAULT_PIXEL_LIMIT = 2 ** 28;

/**
 * Decodes JPEG, PNG, WebP, GIF, TIFF, AVIF and SVG: grey, palette, CMYK and 16-bit images become 8-bit sRGB,
 * transparency is flattened on `background`, and the EXIF orientation is applied before anything else. Of several
 * images in a file the first is read.
 *
 * @param input - a path or the file's bytes
 * @param id - what to call the image in errors. Default: the path, or "image"
 * @throws ImageFileError if there is no such file, or it is empty, cut short, too large or no image
 * @throws RangeError if `size`, `background` or `profile` is not valid
 */
export async function decodeImage(
  input: string | Uint8Array,
  options: DecodeOptions = {},
  id = typeof input === "string" ? input : "image",
): Promise<Pixels> {
  const { crop, size, fit = "cover", background = WHITE, limitInputPixels = DEFAULT_PIXEL_LIMIT } = options;
  requireColor("decodeImage", "background", background);
  requireProfile("decodeImage", options.profile);
  const sides = size === undefined ? undefined : sidesOf("decodeImage", size);
  const [r, g, b] = background;
  try {
    // bytes: libvips caches what it opens by path
    const bytes = typeof input === "string" ? await readFile(input) : input;
    const header = await sharp(bytes, { limitInputPixels }).metadata();
    requireShownNumbers(header);
    const ignoreIcc = options.profile === "ignore" && header.space !== "cmyk"; // CMYK has no colours but by a profile
    let image = sharp(bytes, { failOn: "error", limitInputPixels, ignoreIcc }).autoOrient();
    if (crop) image = image.extract(inside(crop, header.autoOrient));
    if (sides) image = image.resize(sides[1], sides[0], { fit, background: { r, g, b } });
    const raw = image.flatten({ background: { r, g, b } }).raw({ depth: "uchar" });
    const { data, info } = await raw.toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`decoded to ${info.channels} channels instead of 3`);
    return { width: info.width, height: info.height, channels: 3, data };
  } catch (error) {
    throw new ImageFileError(id, decodingReason(error, limitInputPixels));
  }
}

/** Samples of other kinds would become black or white. @throws Error unless samples are 8 or 16 bits without a sign */
function requireShownNumbers({ depth }: Pick<Metadata, "depth">): void {
  if (depth !== "uchar" && depth !== "ushort")
    throw new Error(
      `its samples are of the type ${depth}, of which no number is black or white by itself; convert it to 8 or 16 ` +
        "bits, or read it by `tiledImage` with `range: [black, white]`",
    );
}

/** The wanted part in whole pixels of the image. @throws Error if none of it lies in the image */
function inside(crop: Crop, size: { readonly width: number; readonly height: number }): Box {
  const box = crop(size);
  const [left, top] = [Math.max(0, Math.floor(box.left)), Math.max(0, Math.floor(box.top))];
  const width = Math.min(size.width, Math.ceil(box.left + box.width)) - left;
  const height = Math.min(size.height, Math.ceil(box.top + box.height)) - top;
  if (!(width >= 1 && height >= 1))
    throw new Error(
      `its part ${box.width} × ${box.height} at (${box.left}, ${box.top}) lies outside its ${size.width} × ${size.height} pixels`,
    );
  return { left, top, width, height };
}

/** Looks at a file's header only. @throws ImageFileError as `decodeImage`, but a file cut short may pass */
export async function requireImage(path: string, id = path, limitInputPixels = DEFAULT_PIXEL_LIMIT): Promise<void> {
  try {
    // libvips would say that its format is unknown
    if ((await stat(path)).size === 0) throw new Error("the file is empty");
    requireShownNumbers(await sharp(path, { limitInputPixels }).metadata());
  } catch (error) {
    throw new ImageFileError(id, decodingReason(error, limitInputPixels));
  }
}

/** A text that differs if the pixels that `decodeImage` gives may differ: the file is not decoded. */
export async function fileFingerprint(path: string, { crop, ...options }: DecodeOptions): Promise<string> {
  try {
    const { size: bytes, mtimeMs } = await stat(path);
    const { size, fit, background, profile, limitInputPixels = DEFAULT_PIXEL_LIMIT } = options;
    const part = crop?.((await sharp(path, { limitInputPixels }).metadata()).autoOrient);
    return JSON.stringify({ bytes, mtimeMs, part, size, fit, background, profile });
  } catch (error) {
    throw new ImageFileError(path, decodingReason(error, options.limitInputPixels));
  }
}

/** The reason of an error of libvips or the file system, in our words. */
export function decodingReason(error: unknown, limit = Infinity): string {
  const reason = reasonOf(error);
  if (error instanceof ImageFileError || reason === NO_SUCH_FILE || /^its (part|samples)/.test(reason)) return reason;
  if (/is empty/.test(reason)) return "the file is empty";
  if (/unsupported image format/.test(reason)) return "this is not an image, or of a format that is not supported";
  if (/exceeds pixel limit/.test(reason)) return `the image has more than \`limitInputPixels\` (${limit}) pixels`;
  return `cannot be decoded (${reason.trim().replaceAll("\n", "; ")})`;
}
