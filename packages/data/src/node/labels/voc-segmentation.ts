import { join } from "node:path";
import { IGNORE, type SegmentationSet } from "../../labels/label-map.js";
import { entriesOf, requireFolder } from "../listing.js";
import { folderWith, readList } from "../lists.js";
import {
  segmentationFiles,
  type ListedPair,
  type SegmentationFileItem,
  type SegmentationFilesOptions,
} from "./segmentation-files.js";

/** The classes of PASCAL VOC in the order of their ids. */
const CLASSES =
  "background, aeroplane, bicycle, bird, boat, bottle, bus, car, cat, chair, cow, diningtable, dog, horse, motorbike, " +
  "person, pottedplant, sheep, sofa, train, tvmonitor";

/** Which split of PASCAL VOC is read, and how. */
export interface VocSegmentationOptions extends SegmentationFilesOptions {
  /**
   * A list of ImageSets/Segmentation: 1,464 images in "train" and 1,449 in "val" of 2012; "trainaug" if it is there.
   */
  readonly split: "train" | "val" | "trainval" | (string & {});
  /** The folder of the label maps. Default "SegmentationClass"; of the additional ones often "SegmentationClassAug". */
  readonly labels?: string;
  /** For another set in this layout: its classes in the order of their ids. Default: the 21 of PASCAL VOC. */
  readonly classes?: readonly string[];
}

/**
 * PASCAL VOC: JPEGImages/*.jpg, SegmentationClass/*.png and the lists of ImageSets/Segmentation. Ids are those of the
 * colour table, 0 is background, and 255, the borders of objects, is ignored.
 *
 * Ref: Everingham et al. 2010, IJCV 88 (2).
 * @param root - the folder VOC2012, or one that holds it or VOCdevkit
 * @throws Error with file and line if a list is missing, and as `segmentationFolder` for images and label maps
 */
export async function vocSegmentation(
  root: string,
  options: VocSegmentationOptions,
): Promise<SegmentationSet<SegmentationFileItem>> {
  const { split, labels = "SegmentationClass", classes = CLASSES.split(", ") } = options;
  const list = `ImageSets/Segmentation/${split}.txt`;
  const places = ["", "VOC2012", "VOCdevkit/VOC2012"].map((folder) => join(root, folder));
  const base = await folderWith("vocSegmentation", list, places);
  const lines = await readList("vocSegmentation", join(base, list));
  await requireFolder("vocSegmentation", join(base, labels));
  const there = new Set((await entriesOf(join(base, labels))).files);
  const pairs = lines.map(({ text, at }): ListedPair => {
    const [image, label] = [`JPEGImages/${text}.jpg`, `${labels}/${text}.png`];
    const missing = !there.has(`${text}.png`) && { problem: `there is no label map ${label} (${at})` };
    return { id: image, imagePath: join(base, image), labelPath: join(base, label), ...missing };
  });
  const set = { name: `VOC/${split}`, classes, ignore: IGNORE };
  return segmentationFiles({ who: "vocSegmentation", root: base, pairs, ...set }, options);
}
