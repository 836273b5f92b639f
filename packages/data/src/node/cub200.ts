import { join } from "node:path";
import { requireOneOf } from "@fovea/nn";
import { readSentences, textPath } from "./caption-folder.js";
import { cubImages, readCubLists } from "./cub200-lists.js";
import { attributeReader, captionPlace } from "./cub200-texts.js";
import { cropOf, type Attributed, type Boxed, type FineGrainedOptions } from "./fine-grained.js";
import type { Captioned } from "../captions.js";
import type { ImageItem, ImageSet } from "../image.js";
import { listedImages } from "./listed-images.js";
import { folderWith } from "./lists.js";

/** Which split of CUB-200-2011 is read, and how. */
export interface Cub200Options extends FineGrainedOptions {
  /** The published split: 5,994 training images, or 5,794 test images. */
  readonly split: "train" | "test";
  /**
   * The folder `text_c10` of the captions. Default: in or beside CUB_200_2011, or in `cvpr2016_cub` there, if it is
   * there.
   */
  readonly captions?: string;
}

/**
 * `box`, `attributes` and `captions` are there if their files are. `captions` gives one sentence a line of
 * text_c10/CLASS/IMAGE.txt without blank lines: none for an empty file, an error that names it for a file that is not
 * there. `readCaptions` finds both before training.
 */
export type CubItem = ImageItem & Boxed & Partial<Attributed> & Partial<Captioned>;

/** The images of one split of CUB-200-2011. */
export interface CubSet extends ImageSet<CubItem> {
  /** Names of the attributes, such as `has_bill_shape::dagger`; empty if there is no attributes.txt. */
  readonly attributeNames: readonly string[];
}

/**
 * Caltech-UCSD Birds-200-2011: 200 species, with a box, 312 attributes and, from Reed et al., ten sentences an image.
 * Labels follow classes.txt, whose `001.Black_footed_Albatross` becomes `Black footed Albatross`.
 *
 * Ref: Wah et al. 2011, CNS-TR-2011-001; the sentences: Reed et al. 2016, arXiv:1605.05395.
 * @param root - the folder CUB_200_2011, or the one that it lies in
 * @throws Error with file and line if the lists are incomplete or contradict each other, and as `imageFolder` for
 *   images
 */
export async function cub200(root: string, options: Cub200Options): Promise<CubSet> {
  const { split, cropToBox = false } = options;
  requireOneOf("cub200", { split }, ["train", "test"]);
  const base = await folderWith("cub200", "images.txt", [root, join(root, "CUB_200_2011")]);
  const lists = await readCubLists(base, cropToBox);
  const images = cubImages(lists, split);
  const { attributeNames, attributesOf } = await attributeReader(base, images);
  const texts = await captionPlace(base, options.captions);
  const files = images.map(({ number, path, className, box }) => ({
    id: `images/${path}`,
    className,
    ...(cropToBox && { crop: cropOf(box) }),
    extra: {
      ...(box && { box }),
      ...(attributesOf && { attributes: () => attributesOf(number) }),
      ...(texts !== undefined && { captions: () => readSentences("cub200", join(texts, textPath(path))) }),
    },
  }));
  const listing = { classes: [...new Set(images.map(({ className }) => className))], files, skipped: [] };
  const source = { who: "cub200", name: `CUB-200-2011/${split}`, root: base, classes: lists.classNames, listing };
  return { ...(await listedImages(source, options)), attributeNames };
}
