import { join } from "node:path";
import { requireOneOf } from "@fovea/nn";
import { boxOfCorners, cropOf, type Boxed, type FineGrainedOptions } from "./fine-grained.js";
import type { Box, ImageItem, ImageSet } from "../image.js";
import { listedImages } from "./listed-images.js";
import { distinctNames, firstThere, folderWith, numbers, readList, readTable, someText, type Table } from "./lists.js";

const NAMES = { variant: "variants.txt", family: "families.txt", manufacturer: "manufacturers.txt" } as const;

/** The line with the photographer's name that every image ends with, in pixels, as the set's README says. */
const BANNER = 20;

/** Which split and which labels of FGVC-Aircraft are read, and how. */
export interface FgvcAircraftOptions extends FineGrainedOptions {
  /** The published split: each has a third of the 10,000 images; "trainval" is the first two together. */
  readonly split: "train" | "val" | "trainval" | "test";
  /** The labels, from fine to coarse: 100 variants, 70 families or 30 manufacturers. Default "variant". */
  readonly level?: keyof typeof NAMES;
  /** Whether the banner at the bottom, 20 pixels high, is cut off: it must not be learned from. Default true. */
  readonly cropBanner?: boolean;
}

/**
 * FGVC-Aircraft 2013b: images in data/images, lists and boxes in data. Labels follow variants.txt, families.txt or
 * manufacturers.txt, with the names as they are there.
 *
 * Ref: Maji et al. 2013, arXiv:1306.5151.
 * @param root - the folder fgvc-aircraft-2013b, the one that it lies in, or its `data`
 * @throws Error with file and line for lists that cannot be read or name no class, and as `imageFolder` for images
 */
export async function fgvcAircraft(root: string, options: FgvcAircraftOptions): Promise<ImageSet<ImageItem & Boxed>> {
  const { split, level = "variant", cropToBox = false, cropBanner = true } = options;
  requireOneOf("fgvcAircraft", { split }, ["train", "val", "trainval", "test"]);
  requireOneOf("fgvcAircraft", { level }, ["variant", "family", "manufacturer"]);
  const places = [join(root, "data"), join(root, "fgvc-aircraft-2013b", "data"), root];
  const data = await folderWith("fgvcAircraft", NAMES[level], places);
  const classes = await readClasses(join(data, NAMES[level]));
  const path = join(data, `images_${level}_${split}.txt`);
  const labels = await readTable("fgvcAircraft", path, `<image> <${level}>`, someText);
  const boxes = await readBoxes(join(data, "images_box.txt"), cropToBox);
  const files = [...labels].map(([image, { value: className, at }]) => {
    if (!classes.includes(className))
      throw new Error(`fgvcAircraft: ${at}: \`${className}\` is not in ${join(data, NAMES[level])}.`);
    const box = boxes?.get(image)?.value;
    if (boxes && !box)
      throw new Error(`fgvcAircraft: ${at}: image ${image} is not in ${join(data, "images_box.txt")}.`);
    const crop = cropOf(cropToBox ? box : undefined, cropBanner ? BANNER : 0);
    return { id: `images/${image}.jpg`, className, crop, extra: { ...(box && { box }) } };
  });
  const listing = { classes: [...new Set(files.map(({ className }) => className))], files, skipped: [] };
  const name = `FGVC-Aircraft ${level}/${split}`;
  return listedImages({ who: "fgvcAircraft", name, root: data, classes, listing }, options);
}

const readClasses = async (path: string): Promise<readonly string[]> =>
  distinctNames(
    "fgvcAircraft",
    (await readList("fgvcAircraft", path)).map(({ text, at }) => ({ value: text, at })),
  );

/** Undefined where there is no list of boxes and none is needed. */
async function readBoxes(path: string, needed: boolean): Promise<Table<Box> | undefined> {
  if (!needed && (await firstThere([path])) === undefined) return undefined;
  return readTable("fgvcAircraft", path, "<image> <xmin> <ymin> <xmax> <ymax>", (text) => {
    const [x1 = 0, y1 = 0, x2 = -1, y2 = -1] = numbers(text, 4) ?? [];
    return x2 >= x1 && y2 >= y1 ? boxOfCorners([x1, y1, x2, y2]) : undefined;
  });
}
