import { join } from "node:path";
import { requireOneOf } from "@fovea/nn";
import { IGNORE, type SegmentationSet } from "../../labels/label-map.js";
import { isImageName } from "../image-names.js";
import { entriesOf, requireFolder } from "../listing.js";
import { folderWith, readList } from "../lists.js";
import { segmentationFiles, type SegmentationFileItem, type SegmentationFilesOptions } from "./segmentation-files.js";
import { zeroIgnored } from "./segmentation-folder.js";

/** Which split of ADE20K is read, and how. */
export interface Ade20kOptions extends SegmentationFilesOptions {
  /** The published split: 20,210 images, or 2,000. */
  readonly split: "training" | "validation";
}

/**
 * The scene parsing set of ADE20K: images/split/*.jpg, annotations/split/*.png, and the 150 classes of
 * objectInfo150.txt. In the files ids count from 1, and 0 is unlabelled; here 0 is ignored (255), and 1 is taken off
 * the others.
 *
 * Ref: Zhou et al. 2017, "Scene parsing through ADE20K dataset", CVPR.
 * @param root - the folder ADEChallengeData2016, or the one that it lies in
 * @throws Error with file and line if the list of classes is missing or cannot be read, and as `segmentationFolder` for
 *   images and label maps
 */
export async function ade20k(root: string, options: Ade20kOptions): Promise<SegmentationSet<SegmentationFileItem>> {
  const { split } = options;
  requireOneOf("ade20k", { split }, ["training", "validation"]);
  const base = await folderWith("ade20k", LIST, [root, join(root, "ADEChallengeData2016")]);
  const classes = await readClasses(join(base, LIST));
  const [images, labels] = [`images/${split}`, `annotations/${split}`];
  for (const folder of [images, labels]) await requireFolder("ade20k", join(base, folder));
  const there = new Set((await entriesOf(join(base, labels))).files);
  const pairs = (await entriesOf(join(base, images))).files.filter(isImageName).map((file) => {
    const label = file.replace(/\.\w+$/, ".png");
    const missing = !there.has(label) && { problem: `there is no label map ${labels}/${label}` };
    return {
      id: `${images}/${file}`,
      imagePath: join(base, images, file),
      labelPath: join(base, labels, label),
      ...missing,
    };
  });
  const set = { name: `ADE20K/${split}`, classes, ignore: IGNORE, idOf: zeroIgnored(IGNORE) };
  return segmentationFiles({ who: "ade20k", root: base, pairs, ...set }, options);
}

const LIST = "objectInfo150.txt";

/** The first of the names in the last column of each line, in the order of the ids in the first. */
async function readClasses(path: string): Promise<string[]> {
  const [, ...lines] = await readList("ade20k", path);
  return lines.map(({ text, at }, i) => {
    const fields = text.split("\t");
    const name = fields.at(-1)!.split(",")[0]!.trim();
    if (fields.length < 2 || Number(fields[0]) !== i + 1 || name === "")
      throw new Error(
        `ade20k: ${at}: expected \`${i + 1}\`, other fields and a name with tabs between, got \`${text}\`.`,
      );
    return name;
  });
}
