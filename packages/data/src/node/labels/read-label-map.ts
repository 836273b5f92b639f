import { readFile, stat } from "node:fs/promises";
import { ImageFileError, NO_SUCH_FILE, reasonOf } from "../../image-file-error.js";
import type { LabelMap } from "../../labels/label-map.js";
import { DEFAULT_PIXEL_LIMIT } from "../decode-image.js";
import { firstBytes, requireIdHeader, type LabelHeader } from "./label-header.js";
import { decodePngLabels, isPng, pngHeader, PNG_HEADER_BYTES } from "./png-labels.js";
import { decodeTiffLabels, tiffHeader, tiffImage } from "./tiff-labels.js";

/** Which label maps are read. */
export interface ReadLabelMapOptions {
  /** Bits that an id has at most; files with more are refused. Default 16. */
  readonly bits?: 8 | 16;
  /** Files with more pixels are refused before they are decoded. Default 2²⁸ (16384 × 16384). */
  readonly limitInputPixels?: number;
}

/**
 * The ids of a label map, as they are stored: of a PNG with a colour table the indices, of a grey one the numbers, of
 * 1, 2, 4, 8 or 16 bits; of a TIFF of one band, 8 or 16 bits. More than 8 bits give a `Uint16Array`.
 *
 * `decodeImage` would give colours instead. Masks that have a colour for each class are refused: `labelsOfColors`
 * turns them into ids.
 *
 * @param input - a path or the file's bytes
 * @param id - what to call the file in errors. Default: the path, or "label map"
 * @throws ImageFileError if there is no such file, or it is empty, damaged, of another format, or no map of ids
 */
export async function readLabelMap(
  input: string | Uint8Array,
  { bits = 16, limitInputPixels = DEFAULT_PIXEL_LIMIT }: ReadLabelMapOptions = {},
  id = typeof input === "string" ? input : "label map",
): Promise<LabelMap> {
  try {
    const bytes = typeof input === "string" ? await readFile(input) : input;
    if (isPng(bytes)) {
      requireIdHeader(pngHeader(bytes), bits, limitInputPixels);
      return await whole(() => decodePngLabels(bytes));
    }
    requireTiff(bytes);
    const image = await whole(() => tiffImage(bytes));
    requireIdHeader(tiffHeader(image), bits, limitInputPixels);
    return await whole(() => decodeTiffLabels(image));
  } catch (error) {
    throw new ImageFileError(id, reasonOf(error));
  }
}

/** Looks at a file's header only. @throws ImageFileError as `readLabelMap`, but a damaged file may pass */
export async function labelHeader(
  path: string,
  { bits = 16, limitInputPixels = DEFAULT_PIXEL_LIMIT }: ReadLabelMapOptions = {},
): Promise<LabelHeader> {
  try {
    if (!(await stat(path)).isFile()) throw new Error("it is no file");
    const bytes = await firstBytes(path, PNG_HEADER_BYTES);
    if (!isPng(bytes)) requireTiff(bytes);
    const header = isPng(bytes)
      ? pngHeader(bytes)
      : await whole(async () => tiffHeader(await tiffImage(await readFile(path))));
    requireIdHeader(header, bits, limitInputPixels);
    return header;
  } catch (error) {
    throw new ImageFileError(path, reasonOf(error));
  }
}

/** What decoders throw, in our words. */
async function whole<T>(decode: () => T | Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (error) {
    const reason = reasonOf(error);
    throw new Error(reason === NO_SUCH_FILE ? reason : `it is damaged or cut short (${reason})`);
  }
}

function requireTiff(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new Error("the file is empty");
  if (!/^(II[*+]\0|MM\0[*+])/.test(Buffer.from(bytes.subarray(0, 4)).toString("latin1")))
    throw new Error(
      "it is no PNG and no TIFF, the two formats of label maps" +
        (bytes[0] === 0xff && bytes[1] === 0xd8 ? "; it is a JPEG, which does not keep ids as they were" : ""),
    );
}
