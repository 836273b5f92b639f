import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Captioned } from "../captions.js";
import type { ImageItem, ImageSet } from "../image.js";
import { requireFolder } from "./listing.js";

/** Which text file belongs to an image. */
export interface CaptionFolderOptions<Item> {
  /**
   * The path of an image's text file inside the folder. Default: the path that is the image's `id`, with `.txt` in
   * place of its extension: `class/image.txt` of `class/image.jpg`.
   */
  readonly pathOf?: (item: Item) => string;
}

/**
 * The images of a set with the sentences that lie in a folder of text files, one sentence a line, in the layout of Reed
 * et al. (text_c10/CLASS/IMAGE.txt):
 *
 *     const flowers = await captionFolder(await imageFolder("flowers/jpg"), "flowers/text_c10");
 *     const train = await readCaptions(flowers, { missingText: "skip" });
 *
 * A file is read when its sentences are asked for: without blank lines and blanks at the ends, so that an empty file
 * gives none. Lines may end as on any system. A file that is not there is an error then; `readCaptions` finds it before
 * training.
 *
 * @throws Error if there is no such folder
 */
export async function captionFolder<Item extends ImageItem>(
  set: ImageSet<Item>,
  folder: string,
  { pathOf = ({ id }) => textPath(id) }: CaptionFolderOptions<Item> = {},
): Promise<ImageSet<Item & Captioned>> {
  await requireFolder("captionFolder", folder);
  const items = set.items.map((item) => ({
    ...item,
    captions: () => readSentences("captionFolder", join(folder, pathOf(item))),
  }));
  return { ...set, items };
}

/** The path of an image with `.txt` in place of its extension. */
export const textPath = (image: string): string => `${image.slice(0, image.length - extname(image).length)}.txt`;

/** The lines of a text file that are not blank, without blanks at their ends. @throws Error that names the file */
export async function readSentences(who: string, path: string): Promise<readonly string[]> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${who}: ${error.code === "ENOENT" ? `there are no captions ${path}.` : error.message}`);
  });
  const sentences = text.split(/\r\n?|\n/).map((line) => line.trim()); // which also takes the mark before UTF-8 away
  return sentences.filter((sentence) => sentence !== "");
}
