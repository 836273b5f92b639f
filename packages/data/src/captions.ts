import { requireCounts, requireOneOf } from "@fovea/nn";
import type { ImageItem, ImageSet, SkippedImage } from "./image.js";
import { forEachConcurrently } from "./tiles/concurrency.js";

/** An image that people have described. What takes images with texts asks for this, not for a certain set. */
export interface Captioned {
  /**
   * The sentences about the image, read when asked for; none if nobody has described it. @throws Error that names the
   * file
   */
  captions(): Promise<readonly string[]>;
}

/** What becomes of images without text, and how many texts are read at once. */
export interface ReadCaptionsOptions {
  /**
   * What happens to an image without a sentence, or whose text cannot be read. `error`: the set is refused. `empty`:
   * the image stays, and `captions()` gives no sentence. `skip`: the image is left out, and listed in `skipped`.
   * Default "error".
   */
  readonly missingText?: MissingText;
  /** The most texts that are read at once. Default 16. */
  readonly concurrency?: number;
}

/** What happens to images without text: the set is refused, or they stay without sentences, or they are left out. */
export type MissingText = "error" | "empty" | "skip";

/** Images whose sentences are in memory: `captions` does not fail any more. */
export interface CaptionedSet<Item extends ImageItem = ImageItem> extends ImageSet<Item & Captioned> {
  /** The images without text, with the reason, whether they stayed or not. */
  readonly withoutText: readonly SkippedImage[];
}

/**
 * Reads the sentences of all images of a set, so that nothing is missing in the middle of a run:
 *
 *     const train = await readCaptions(await cub200(root, { split: "train" }));
 *
 * Images are not read. Sentences stay as they are; a sentence that is nothing but blanks is none.
 *
 * @param set - of items with `captions()`; an item that lacks it counts as an image without text
 * @throws Error that names the first images without text, unless `missingText` says what becomes of them
 */
export async function readCaptions<Item extends ImageItem & Partial<Captioned>>(
  set: ImageSet<Item>,
  { missingText = "error", concurrency = 16 }: ReadCaptionsOptions = {},
): Promise<CaptionedSet<Item>> {
  requireOneOf("readCaptions", { missingText }, ["error", "empty", "skip"]);
  requireCounts("readCaptions", { concurrency });
  const reads: ReadText[] = [];
  await forEachConcurrently(set.items.entries(), concurrency, async ([i, item]) => {
    reads[i] = await readText(item);
  });
  const withoutText = set.items.flatMap(({ id }, i) => {
    const { reason } = reads[i]!;
    return reason === undefined ? [] : [{ id, reason }];
  });
  if (missingText === "error" && withoutText.length > 0)
    throw new Error(describeMissing("readCaptions", set.name, set.items.length, withoutText));
  const left = missingText === "skip" ? withoutText : [];
  const items = set.items.flatMap((item, i) => {
    const { sentences, reason } = reads[i]!;
    return missingText === "skip" && reason !== undefined ? [] : [captioned(item, sentences)];
  });
  return { ...set, items, skipped: [...set.skipped, ...left], withoutText };
}

/** The item with sentences that are in memory. */
const captioned = <Item extends ImageItem>(item: Item, sentences: readonly string[]): Item & Captioned => ({
  ...item,
  captions: () => Promise.resolve(sentences),
});

interface ReadText {
  readonly sentences: readonly string[];
  /** Why there are none. */
  readonly reason?: string;
}

export const NO_SENTENCE = "it has no sentence";

/** The sentences that say something. */
export const realSentences = (sentences: readonly string[]): string[] =>
  sentences.filter((sentence) => sentence.trim() !== "");

async function readText(item: Partial<Captioned>): Promise<ReadText> {
  if (!item.captions) return { sentences: [], reason: "its set has no texts" };
  try {
    const sentences = realSentences(await item.captions());
    return sentences.length > 0 ? { sentences } : { sentences, reason: NO_SENTENCE };
  } catch (error) {
    return { sentences: [], reason: error instanceof Error ? error.message : String(error) };
  }
}

/** @param where - the set or the list */
export const describeMissing = (who: string, where: string, of: number, without: readonly SkippedImage[]): string =>
  `${who}: ${without.length} of ${of} images of ${where} have no text; set \`missingText\` to "skip" to leave them ` +
  'out, or to "empty" to keep them without sentences:\n' +
  without
    .slice(0, 5)
    .map(({ id, reason }) => `  ${id}: ${reason}`)
    .join("\n") +
  (without.length > 5 ? `\n  and ${without.length - 5} more` : "");
