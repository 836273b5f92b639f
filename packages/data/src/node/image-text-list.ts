import { basename, dirname } from "node:path";
import { requireOneOf } from "@fovea/nn";
import { describeMissing, NO_SENTENCE, type Captioned, type CaptionedSet, type MissingText } from "../captions.js";
import { isImageName, skippedName } from "./image-names.js";
import { readTextRows, type TextRow } from "./image-text-rows.js";
import { listedImages, type ListedImagesOptions } from "./listed-images.js";
import { agreedClasses, quoted, requireFolder, sortedClasses, type ClassOrder, type Listing } from "./listing.js";

const WHO = "imageTextList";

/** Which rows of the list are read, and how. */
export interface ImageTextListOptions extends ListedImagesOptions {
  /** The folder that the paths of the list start from. Default: the folder of the list. */
  readonly root?: string;
  /** The split that is read. Default: the list has none, or one. */
  readonly split?: string;
  /** Classes in their order. Default: the labels of all splits. */
  readonly classes?: readonly string[];
  /** How the labels are numbered, as in `imageFolder`. Default "number". */
  readonly classOrder?: ClassOrder;
  /**
   * What happens to an image without a text. `error`: the list is refused. `empty`: the image stays, and `captions()`
   * gives no sentence. `skip`: the image is left out, and listed in `skipped`. Default "error".
   */
  readonly missingText?: MissingText;
}

/**
 * Images with texts from a list, with the columns `image` (a path from `root`), `text`, `label` and perhaps `split`:
 *
 *     .csv              a header, then a row a line; fields in quotes may hold commas, quotes and line breaks
 *     .jsonl, .ndjson   one object a line; `text` may be a list of texts, `label` a number
 *
 * Rows of the same image are joined: their texts, in the order of the file, are its sentences. Texts are passed on as
 * they are, except that line breaks in a CSV file become `\n`. Images are read when they are asked for, texts at once.
 *
 * @param file - read as UTF-8
 * @throws Error with file and line for a row that cannot be read, an unknown column, an image with two labels or in two
 *   splits, one without text (unless `missingText` says more), and one that is missing or damaged (unless skipped)
 */
export async function imageTextList(file: string, options: ImageTextListOptions = {}): Promise<CaptionedSet> {
  const { root = dirname(file), split, classOrder = "number", missingText = "error" } = options;
  requireOneOf(WHO, { classOrder }, ["number", "text"]);
  requireOneOf(WHO, { missingText }, ["error", "empty", "skip"]);
  await requireFolder(WHO, root);
  const images = joinRows(await readTextRows(WHO, file));
  const labels = images.map(({ label }) => label);
  const classes = agreedClasses(WHO, file, sortedClasses(labels, classOrder), options.classes);
  const wanted = ofSplit(file, images, split);
  const withoutText = wanted
    .filter(({ texts }) => texts.length === 0)
    .map(({ image: id, at }) => ({ id, reason: `${NO_SENTENCE} (${at})` }));
  if (missingText === "error" && withoutText.length > 0)
    throw new Error(describeMissing(WHO, file, wanted.length, withoutText));
  const [kept, left] =
    missingText === "skip" ? [wanted.filter(({ texts }) => texts.length > 0), withoutText] : [wanted, []];
  const name = split === undefined ? basename(file) : `${basename(file)}/${split}`;
  const set = await listedImages({ who: WHO, name, root, classes, listing: listingOf(kept) }, options);
  return { ...set, skipped: [...set.skipped, ...left], withoutText };
}

function listingOf(images: readonly TextRow[]): Listing<Captioned> {
  const files = images.filter(({ image }) => isImageName(image));
  return {
    classes: [...new Set(files.map(({ label }) => label))],
    files: files.map(({ image, label, texts, at }) => ({
      id: image,
      className: label,
      at,
      extra: { captions: () => Promise.resolve(texts) },
    })),
    skipped: images.filter(({ image }) => !isImageName(image)).map(({ image }) => skippedName(image)),
  };
}

/**
 * The names of the splits of a list of images with texts, in the order of the file; none if it has no column `split`.
 *
 * @throws Error with file and line for a row that cannot be read
 */
export async function imageTextSplits(file: string): Promise<readonly string[]> {
  const rows = await readTextRows("imageTextSplits", file);
  return [...new Set(rows.map(({ split }) => split))].filter((split) => split !== undefined);
}

/** One row for each image, with the texts of all of its rows. @throws Error for two labels or splits of an image */
function joinRows(rows: readonly TextRow[]): TextRow[] {
  const joined = new Map<string, TextRow>();
  for (const row of rows) {
    const before = joined.get(row.image);
    for (const key of ["label", "split"] as const)
      if (before && before[key] !== row[key])
        throw new Error(
          `${WHO}: ${row.at}: ${row.image} has the ${key} \`${row[key] ?? ""}\`, but \`${before[key] ?? ""}\` in ${before.at}.`,
        );
    joined.set(row.image, before ? { ...before, texts: [...before.texts, ...row.texts] } : row);
  }
  return [...joined.values()];
}

/** @throws Error for a split that the list has not, several without a choice, or a row without one beside others */
function ofSplit(file: string, images: readonly TextRow[], split: string | undefined): readonly TextRow[] {
  const splits = [...new Set(images.map((image) => image.split))].filter((name) => name !== undefined);
  const without = images.find((image) => image.split === undefined);
  if (without && splits.length > 0)
    throw new Error(`${WHO}: ${without.at}: ${without.image} has no split; others are in ${quoted(splits)}.`);
  if (split !== undefined && splits.length === 0)
    throw new Error(`${WHO}: ${file} has no column \`split\`, so it has no split \`${split}\`.`);
  if (split !== undefined && !splits.includes(split))
    throw new Error(`${WHO}: ${file} has no split \`${split}\`; its splits are ${quoted(splits)}.`);
  if (split === undefined && splits.length > 1)
    throw new Error(`${WHO}: ${file} has several splits; set \`split\` to one of ${quoted(splits)}.`);
  return split === undefined ? images : images.filter((image) => image.split === split);
}
