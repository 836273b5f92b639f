import { join } from "node:path";
import { requireOneOf } from "@fovea/nn";
import { IGNORE, type SegmentationSet } from "../../labels/label-map.js";
import { entriesOf, requireFolder } from "../listing.js";
import {
  segmentationFiles,
  type ListedPair,
  type SegmentationFileItem,
  type SegmentationFilesOptions,
} from "./segmentation-files.js";

/** The classes that are trained, and their ids in the files named labelIds; the other ids of those are ignored. */
const CLASSES: readonly (readonly [name: string, labelId: number])[] = [
  ["road", 7],
  ["sidewalk", 8],
  ["building", 11],
  ["wall", 12],
  ["fence", 13],
  ["pole", 17],
  ["traffic light", 19],
  ["traffic sign", 20],
  ["vegetation", 21],
  ["terrain", 22],
  ["sky", 23],
  ["person", 24],
  ["rider", 25],
  ["car", 26],
  ["truck", 27],
  ["bus", 28],
  ["train", 31],
  ["motorcycle", 32],
  ["bicycle", 33],
];
const LABEL_IDS = 34;

/** Which split of Cityscapes is read, and how. */
export interface CityscapesOptions extends SegmentationFilesOptions {
  /** The published split: 2,975 images, or 500. The label maps of "test" are not published. */
  readonly split: "train" | "val";
  /**
   * The label maps. `labelTrainIds`: as the set's scripts make them, 0 … 18. `labelIds`: as they are published; the 19
   * classes get the same ids, and the others are ignored. Default `labelTrainIds` if the first image has one.
   */
  readonly labels?: "labelTrainIds" | "labelIds";
}

/**
 * Cityscapes: leftImg8bit/split/city/*_leftImg8bit.png and gtFine/split/city/*_gtFine_labelTrainIds.png (or labelIds).
 * 19 classes; 255 is ignored.
 *
 * Ref: Cordts et al. 2016, arXiv:1604.01685.
 * @param root - the folder that holds leftImg8bit and gtFine
 * @throws Error for a missing folder, and as `segmentationFolder` for images and label maps
 */
export async function cityscapes(
  root: string,
  options: CityscapesOptions,
): Promise<SegmentationSet<SegmentationFileItem>> {
  const { split } = options;
  requireOneOf("cityscapes", { split }, ["train", "val"]);
  if (options.labels !== undefined)
    requireOneOf("cityscapes", { labels: options.labels }, ["labelTrainIds", "labelIds"]);
  const images = `leftImg8bit/${split}`;
  await requireFolder("cityscapes", join(root, images));
  const cities = (await entriesOf(join(root, images))).folders;
  const pairsOf = await Promise.all(cities.map((city) => cityPairs(root, split, city)));
  const found = pairsOf.flat();
  const labels = options.labels ?? (found[0]?.trainIds ? "labelTrainIds" : "labelIds");
  const pairs = found.map(({ stem, trainIds, labelIds }): ListedPair => {
    const label = `gtFine/${split}/${stem}_gtFine_${labels}.png`;
    const there = labels === "labelIds" ? labelIds : trainIds;
    return {
      id: `${images}/${stem}${IMAGE}`,
      imagePath: join(root, images, `${stem}${IMAGE}`),
      labelPath: join(root, label),
      ...(!there && { problem: `there is no label map ${label}` }),
    };
  });
  const classes = CLASSES.map(([name]) => name);
  const set = {
    name: `Cityscapes/${split}`,
    classes,
    ignore: IGNORE,
    ...(labels === "labelIds" && { idOf: trainIdOf }),
  };
  return segmentationFiles({ who: "cityscapes", root, pairs, ...set }, options);
}

const IMAGE = "_leftImg8bit.png";

/** The images of a city, and which label maps each has. */
async function cityPairs(root: string, split: string, city: string) {
  const none = { files: [] };
  const [images, labels] = await Promise.all([
    entriesOf(join(root, "leftImg8bit", split, city)),
    entriesOf(join(root, "gtFine", split, city)).catch(() => none),
  ]);
  const there = new Set(labels.files);
  return images.files
    .filter((file) => file.endsWith(IMAGE))
    .map((file) => file.slice(0, -IMAGE.length))
    .map((name) => ({
      stem: `${city}/${name}`,
      trainIds: there.has(`${name}_gtFine_labelTrainIds.png`),
      labelIds: there.has(`${name}_gtFine_labelIds.png`),
    }));
}

/** Ids that Cityscapes does not have stay, so that they are noticed. */
function trainIdOf(labelId: number): number {
  const id = CLASSES.findIndex(([, other]) => other === labelId);
  if (id >= 0) return id;
  return labelId < LABEL_IDS ? IGNORE : labelId;
}
