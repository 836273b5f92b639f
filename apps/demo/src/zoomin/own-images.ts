import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { byteCache, type TileSource, processImages } from "@fovea/data";
import { withProgress } from "@fovea/experiment";
import { parse } from "csv-parse/sync";
import { openImage } from "../open-image.js";
import { labeledSplits, SPLITS, type Split, type SplitOptions } from "../own-splits.js";
import { thumbnailOf } from "./figures.js";
import { closed, type Images, type LabeledImage } from "./scenes.js";
import type { Settings } from "./settings.js";

/** Images of one's own, of any size, and what their report calls them. */
export interface OwnImages extends Images {
  readonly name: string;
  readonly description: string;
}

/** A line of `labels.csv`, and its image once that is open. */
interface Line {
  readonly file: string;
  readonly className: string;
  readonly split: string | undefined;
}
interface Opened extends Line {
  readonly source: TileSource;
}

/** Bytes of all images that are kept in memory; also what one may take that is no tiled TIFF. */
const KEPT_BYTES = 2 ** 30;

/**
 * Opens the images that `PATH/labels.csv` names: its columns are `file`, relative to PATH, and `label`; `split` says
 * train, validation or test. A split that is missing is drawn from the training images by the seed. Images that cannot
 * be read are named and left out.
 *
 * @param data - folder:PATH
 * @throws RangeError for other data, lines that say nothing, and classes of too few images unless they are left out
 */
export async function ownImages(data: string, settings: Settings, signal?: AbortSignal): Promise<OwnImages> {
  const [, path] = /^folder:(.+)$/s.exec(data) ?? [];
  if (path === undefined)
    throw new RangeError(`zoomin: expected \`--data\` to be signs or folder:PATH, got \`${data}\`.`);
  const root = resolve(path);
  const lines = await linesOf(join(root, "labels.csv"));
  const images = await opened(root, lines, signal);
  const options: SplitOptions = { seed: settings.seed, least: 1, thinClasses: settings.thinClasses };
  const of = (split: Split) => images.filter((image) => (image.split ?? "train") === split);
  const given = Object.fromEntries(SPLITS.flatMap((split) => (of(split).length > 0 ? [[split, of(split)]] : [])));
  const { classes, ...all } = labeledSplits<Opened>("zoomin", given, options);
  const labeled = (split: Split) =>
    all[split].map(({ file: id, label, source }): LabeledImage => ({ id, label, boxes: null, source }));
  return {
    ...{ name: basename(root), description: `Images of any size from ${root}, labelled by a file.`, classes },
    ...{ train: labeled("train"), validation: labeled("validation"), test: labeled("test") },
    close: () => closed(images),
  };
}

/** @throws RangeError for a file that is no such table, by the line */
async function linesOf(path: string): Promise<Line[]> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new RangeError(`zoomin: expected a table of labels, ${path}, with the columns file,label or file,label,split.`, { cause }); // prettier-ignore
  });
  const seen = new Set<string>();
  return tableOf(path, text).map(({ file, label, split }, i) => {
    const fail = (what: string, got: string) => {
      throw new RangeError(`${path}: expected ${what}, got ${got} in row ${i + 1}.`);
    };
    if (!file || !label) return fail("a `file` and a `label`", JSON.stringify({ file, label }));
    if (seen.has(file)) fail("each file once, since splits must not share images", file);
    if (split !== undefined && !SPLITS.some((known) => known === split)) fail(`\`split\` to be ${SPLITS.join(", ")}`, `\`${split}\``); // prettier-ignore
    seen.add(file);
    return { file, className: label, split };
  });
}

function tableOf(path: string, text: string): Record<string, string>[] {
  try {
    return parse(text, { columns: true, bom: true, trim: true, skip_empty_lines: true });
  } catch (error) {
    throw new RangeError(`${path}: ${(error as Error).message}.`, { cause: error });
  }
}

/** Reads all of each image once, from afar: what is damaged is left out before hours are spent. */
async function opened(root: string, lines: readonly Line[], signal?: AbortSignal): Promise<Opened[]> {
  const cache = byteCache(KEPT_BYTES);
  const open = async (line: Line): Promise<Opened> => {
    const source = await openImage(resolve(root, line.file), cache);
    try {
      await thumbnailOf(source);
      return { ...line, source };
    } catch (error) {
      await source.close();
      throw error;
    }
  };
  const { results, failures } = await withProgress("opening images", lines.length, (to) =>
    processImages(lines, (line) => open(line).finally(() => to()), { onFailure: "skip", ...(signal && { signal }) }),
  );
  for (const { error } of failures) console.error(`zoomin: left out: ${error.message}`);
  return [...results];
}
