import { extname } from "node:path";
import { requireCounts, requireOneOf } from "@fovea/nn";
import { NO_SUCH_FILE, reasonOf } from "../../image-file-error.js";
import { requireColor, type Color } from "../../image.js";
import { vocColors } from "../../labels/label-colors.js";
import type { LabelMap } from "../../labels/label-map.js";
import { atomicFile, type AtomicFile } from "./atomic-file.js";
import type { LabelEncoder, LabelFormat } from "./label-encoder.js";
import { pngEncoder } from "./png-writer.js";
import { tiffEncoder } from "./tiff-writer.js";

/** How ids are stored. */
export interface LabelFormatOptions {
  /** Bits of an id. Ids of 16 bits are stored without colours. Default 8. */
  readonly bits?: 8 | 16;
  /** The colours of the ids from 0 on, at most 256; later ids have those of PASCAL VOC. Default `vocColors`. */
  readonly palette?: readonly Color[];
}

/** The size of a label map, and how its ids are stored. */
export interface LabelMapWriterOptions extends LabelFormatOptions {
  /** Ids in a row. */
  readonly width: number;
  /** Rows of the whole map. */
  readonly height: number;
}

/** Writes a label map from the top to the bottom, a few rows at a time. */
export interface LabelMapWriter {
  /**
   * Appends full rows. Wait for it before the next call.
   *
   * @param rows - rows · width ids
   * @throws RangeError for an id that is not stored in that many bits, rows that are not full, or too many of them
   * @throws Error that names the file if it cannot be written, such as on a full disk; then nothing is left
   */
  write(rows: ArrayLike<number>): Promise<void>;
  /** Ends the file, and gives it its name. @throws RangeError if rows are missing; then nothing is left */
  close(): Promise<void>;
  /** Removes what was written; what was at the path before stays. Does nothing after `close`. */
  abort(): Promise<void>;
}

/**
 * A file of a label map that is written as its rows come, so that memory does not grow with its height: a PNG, or a
 * TIFF in tiles (which is a BigTIFF if it must be), as the end of `path` says. Ids are stored as they are, with a
 * colour for each that any viewer shows. The file has its name when it is complete; until then it lies beside it, as
 * `.part`.
 *
 * @param path - ends in .png, .tif or .tiff; its folder exists
 * @throws RangeError for another ending, a size below 1, or wrong options
 * @throws Error that names the file if it cannot be made
 */
export async function labelMapWriter(path: string, options: LabelMapWriterOptions): Promise<LabelMapWriter> {
  const [encoder, format] = [encoderFor(path), formatOf(options)];
  const file = await atomicFile(path).catch((error: unknown) => fail(path, error));
  const encoding = await encoder(file, format).catch(async (error: unknown) => {
    await file.abort();
    return fail(path, error);
  });
  let rows = 0;
  const abort = async () => {
    rows = NaN; // whoever goes on is told
    await encoding.abort();
    await file.abort();
  };
  const orNothing = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      await abort();
      fail(path, error);
    }
  };
  return {
    write: (ids) =>
      orNothing(async () => {
        requireRows(format, rows, ids.length);
        rows += ids.length / format.width;
        await encoding.write(stored(ids, format.bits));
      }),
    close: () =>
      orNothing(async () => {
        if (rows !== format.height) throw new RangeError(`expected ${format.height} rows, got ${describeRows(rows)}`);
        await encoding.end();
        await file.commit();
        rows = NaN;
      }),
    abort,
  };
}

/** A label map as a file, as `labelMapWriter` writes it. The ids are the same when it is read. */
export async function writeLabelMap(path: string, labels: LabelMap, options: LabelFormatOptions = {}): Promise<void> {
  const { width, height, data, palette } = labels;
  const bits = data instanceof Uint16Array ? 16 : 8;
  const colors = bits === 8 && palette && { palette };
  const writer = await labelMapWriter(path, { width, height, bits, ...colors, ...options });
  await writer.write(data);
  await writer.close();
}

/** Full rows of a label map, which follow those of the band before. */
export interface LabelBand {
  /** Row of the label map in which it begins. */
  readonly top: number;
  /** Rows · width ids. */
  readonly labels: ArrayLike<number>;
}

/**
 * Writes a label map band by band, from the top to the bottom, such as what comes out of a sliding window. If a band
 * cannot be made or written, nothing is left.
 *
 * @throws RangeError for bands that do not follow one another, and as `labelMapWriter`
 */
export async function writeLabelBands(
  path: string,
  bands: AsyncIterable<LabelBand> | Iterable<LabelBand>,
  options: LabelMapWriterOptions,
): Promise<void> {
  const writer = await labelMapWriter(path, options);
  try {
    let next = 0;
    for await (const { top, labels } of bands) {
      if (top !== next)
        throw new RangeError(`${WHO}: ${path}: expected the band that begins in row ${next}, got row ${top}.`);
      await writer.write(labels);
      next += labels.length / options.width;
    }
    await writer.close();
  } finally {
    await writer.abort(); // does nothing after `close`
  }
}

const WHO = "labelMapWriter";

/** Names the file. @throws RangeError for a mistake of the caller, else Error */
function fail(path: string, error: unknown): never {
  const reason = reasonOf(error).replace(/\.$/, "");
  const message = `${WHO}: ${path}: ${reason === NO_SUCH_FILE ? "there is no such folder" : reason}.`;
  throw error instanceof RangeError ? new RangeError(message) : new Error(message, { cause: error });
}

type MakeEncoder = (file: AtomicFile, format: LabelFormat) => Promise<LabelEncoder>;

function encoderFor(path: string): MakeEncoder {
  const ending = extname(path).toLowerCase();
  requireOneOf(WHO, { "ending of `path`": ending }, [".png", ".tif", ".tiff"]);
  return ending === ".png" ? pngEncoder : tiffEncoder;
}

function formatOf({ width, height, bits = 8, palette = vocColors }: LabelMapWriterOptions): LabelFormat {
  requireCounts(WHO, { width, height });
  requireOneOf(WHO, { bits: String(bits) }, ["8", "16"]);
  if (palette.length > 256)
    throw new RangeError(`${WHO}: expected \`palette\` of at most 256 colours, got ${palette.length}.`);
  palette.forEach((color, id) => requireColor(WHO, `palette[${id}]`, color));
  return { width, height, bits, palette: [...palette, ...vocColors.slice(palette.length)] };
}

const describeRows = (rows: number): string => (Number.isNaN(rows) ? "a file that is closed" : `${rows}`);

function requireRows({ width, height }: LabelFormat, before: number, ids: number): void {
  if (Number.isNaN(before)) throw new RangeError("expected a file that is open, but it was closed, or failed before");
  const rows = ids / width;
  if (!Number.isInteger(rows)) throw new RangeError(`expected full rows of ${width} ids, got ${ids} ids`);
  if (before + rows > height) throw new RangeError(`expected ${height} rows, got ${before + rows}`);
}

/** The ids in as many bits as they are stored with. @throws RangeError for one that does not fit */
function stored(ids: ArrayLike<number>, bits: 8 | 16): Uint8Array | Uint16Array {
  if (bits === 8 && ids instanceof Uint8Array) return ids;
  const out = bits === 8 ? new Uint8Array(ids) : new Uint16Array(ids);
  const wrong = out.findIndex((id, i) => id !== ids[i]);
  if (wrong >= 0)
    throw new RangeError(`expected ids of 0 … ${2 ** bits - 1} with \`bits: ${bits}\`, got ${ids[wrong]}`);
  return out;
}
