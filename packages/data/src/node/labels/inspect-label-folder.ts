import { readdir } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { inspectLabels, type InspectLabelsOptions } from "../../labels/inspect-labels.js";
import type { LabelReport } from "../../labels/label-report.js";
import { IGNORE } from "../../labels/label-map.js";
import { requireFolder } from "../listing.js";
import { readLabelMap } from "./read-label-map.js";

/** What the ids of a folder's label maps should mean, and how much is inspected. */
export interface InspectLabelFolderOptions extends InspectLabelsOptions {
  /** The classes in the order of their ids, or how many there are. Default: not known, ids are only counted. */
  readonly classes?: readonly string[] | number;
  /** The id of pixels without a class. Default 255. */
  readonly ignore?: number;
  /** Bits that an id has at most; files with more are failures. Default 8. */
  readonly bits?: 8 | 16;
}

/**
 * `inspectLabels` of all files .png, .tif and .tiff below a folder, without their images. A set, such as that of
 * `segmentationFolder` with `check: "none"`, is inspected by `inspectLabels`, which also compares sizes with the
 * images.
 *
 * @throws Error for a folder that is not there
 */
export async function inspectLabelFolder(
  folder: string,
  { classes = [], ignore = IGNORE, bits = 8, ...options }: InspectLabelFolderOptions = {},
): Promise<LabelReport> {
  await requireFolder("inspectLabelFolder", folder);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter(({ name }) => /\.(png|tiff?)$/i.test(name) && !name.startsWith("."))
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
  const items = paths.map((path) => ({
    id: relative(folder, path).replaceAll(sep, "/"),
    loadLabels: () => readLabelMap(path, { bits }),
  }));
  const names = typeof classes === "number" ? Array.from({ length: classes }, (_, id) => `${id}`) : classes;
  return inspectLabels({ name: basename(folder), classes: names, ignore, items }, options);
}
