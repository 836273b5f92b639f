import { stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { requireCounts } from "@fovea/nn";
import { IGNORE, requireIgnore, type SegmentationSet } from "../../labels/label-map.js";
import { isImageName, skippedName } from "../image-names.js";
import { entriesOf, quoted, requireFolder } from "../listing.js";
import { distinctNames, firstThere, readList } from "../lists.js";
import {
  segmentationFiles,
  type ListedPair,
  type SegmentationFileItem,
  type SegmentationFilesOptions,
} from "./segmentation-files.js";

/** Which images of a folder are read, and what their ids mean. */
export interface SegmentationFolderOptions extends SegmentationFilesOptions {
  /** The classes in the order of their ids, or how many there are. Default: the lines of root/classes.txt. */
  readonly classes?: readonly string[] | number;
  /** The split that is read: root/split/images, or root/images/split. Default: no splits. */
  readonly split?: string;
  /** Name of the folder of images. Default "images". */
  readonly images?: string;
  /** Name of the folder of label maps. Default "labels". */
  readonly labels?: string;
  /** Name of a label map without its ending, from that of the image. Default: the same. */
  readonly labelName?: (imageName: string) => string;
  /** The id of pixels without a class, of at most `bits` bits. Default 255. */
  readonly ignore?: number;
  /** Ids count from 1, and 0 is unlabelled: 0 is ignored, and 1 is taken off the others. Default false. */
  readonly reduceZeroLabel?: boolean;
}

/**
 * Images of root/images and label maps (.png, .tif, .tiff) of the same name in root/labels; with `split`, of
 * root/split/images or root/images/split. An image without a label map is refused; a label map without an image is
 * listed in `skipped`.
 *
 * @throws RangeError for an `ignore` that label maps of so many bits cannot hold
 * @throws Error for a missing folder, no classes, or (unless skipped) images whose label map is missing, of another
 *   size or no map of ids; it names the first five
 */
export async function segmentationFolder(
  root: string,
  options: SegmentationFolderOptions = {},
): Promise<SegmentationSet<SegmentationFileItem>> {
  const { split, ignore = IGNORE, bits = 8, reduceZeroLabel = false, labelName = (name) => name } = options;
  requireIgnore(WHO, ignore, bits);
  await requireFolder(WHO, root);
  const classes = await classesOf(root, options.classes);
  const images = await folderOf(root, options.images ?? "images", split);
  const labels = await folderOf(root, options.labels ?? "labels", split);
  const [imageFiles, labelFiles] = [await entriesOf(join(root, images)), await entriesOf(join(root, labels))];
  const maps = labelFiles.files.filter(isLabelName);
  const pairs = imageFiles.files.filter(isImageName).map(pairing(root, images, labels, maps, labelName));
  const used = new Set(pairs.map(({ labelPath }) => labelPath));
  const alone = maps.filter((file) => !used.has(join(root, labels, file)));
  const skipped = [
    ...imageFiles.files.filter((file) => !isImageName(file)).map((file) => skippedName(`${images}/${file}`)),
    ...alone.map((file) => ({ id: `${labels}/${file}`, reason: "a label map without an image" })),
  ];
  const name = split === undefined ? basename(root) : `${basename(root)}/${split}`;
  const numbering = reduceZeroLabel && { idOf: zeroIgnored(ignore) };
  return segmentationFiles({ who: WHO, root, name, classes, ignore, pairs, skipped, ...numbering }, options);
}

const WHO = "segmentationFolder";

/** An image and the label map of its name. */
function pairing(
  root: string,
  images: string,
  labels: string,
  maps: readonly string[],
  labelName: (imageName: string) => string,
): (file: string) => ListedPair {
  const stems = new Map(maps.map((file) => [stemOf(file), file]));
  return (file) => {
    const [id, stem] = [`${images}/${file}`, labelName(stemOf(file))];
    const found = stems.get(stem);
    const label = `${labels}/${found ?? `${stem}.png`}`;
    const missing = !found && { problem: `there is no label map ${label}` };
    return { id, imagePath: join(root, id), labelPath: join(root, label), ...missing };
  };
}

/** 0 is ignored, 1 becomes 0, and so on; what is ignored stays so. */
export const zeroIgnored =
  (ignore: number) =>
  (stored: number): number =>
    stored === 0 || stored === ignore ? ignore : stored - 1;

const isLabelName = (file: string): boolean => /\.(png|tiff?)$/i.test(file);

const stemOf = (file: string): string => file.slice(0, file.length - extname(file).length);

/** @throws Error if there is none, which says what is there instead */
async function folderOf(root: string, name: string, split: string | undefined): Promise<string> {
  const candidates = split === undefined ? [name] : [`${split}/${name}`, `${name}/${split}`];
  for (const candidate of candidates)
    if ((await stat(join(root, candidate)).catch(() => undefined))?.isDirectory()) return candidate;
  const { folders } = await entriesOf(root);
  throw new Error(`${WHO}: ${root} has no folder ${candidates.join(" or ")}; its folders are ${quoted(folders)}.`);
}

async function classesOf(root: string, classes: readonly string[] | number | undefined): Promise<readonly string[]> {
  if (typeof classes === "number") {
    requireCounts(WHO, { classes });
    return Array.from({ length: classes }, (_, id) => `${id}`);
  }
  if (classes && classes.length > 0) return classes;
  const list = join(root, "classes.txt");
  if (!(await firstThere([list])))
    throw new Error(`${WHO}: give \`classes\`, their names or how many there are, or list them in ${list}.`);
  return distinctNames(
    WHO,
    (await readList(WHO, list)).map(({ text, at }) => ({ value: text, at })),
  );
}
