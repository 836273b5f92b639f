import { requireCounts, requireOneOf, rng } from "@fovea/nn";
import { realSentences, type Captioned } from "./captions.js";
import { drawDistinct } from "./draw.js";
import { itemAt, type PlaceInBatch } from "./load-views.js";
import type { ImageItem, ImageSet } from "./image.js";

/** Which of the sentences about an image come into a batch. */
export interface SentenceOptions {
  /**
   * Number of sentences of an image in a batch, in their order; of fewer, all. 0: none, as if nobody had described the
   * images. Default "all".
   */
  readonly sentences?: number | "all";
  /**
   * Which ones. `random`: drawn anew at each step, by `seed` and step, to train. `first`: always the first ones, to
   * evaluate. Default "random".
   */
  readonly draw?: "random" | "first";
}

/** The sentences of the image at a place. Always the same at the same place. */
export type SentencesAt = (place: PlaceInBatch) => Promise<readonly string[]>;

/** A set of images with sentences. */
export type CaptionedImages<Item extends ImageItem & Captioned> = Pick<ImageSet<Item>, "name" | "items">;

/** @throws RangeError for a number of sentences below 0 */
export function drawnSentences(
  who: string,
  set: CaptionedImages<ImageItem & Captioned>,
  { sentences = "all", draw = "random", seed = 0 }: SentenceOptions & { readonly seed?: number },
): SentencesAt {
  if (sentences !== "all") requireCounts(who, { sentences }, 0);
  requireOneOf(who, { draw }, ["random", "first"]);
  const random = rng(seed).split("sentences");
  return async ({ step, row, index }) => {
    const all = realSentences(await itemAt(who, set, index).captions());
    if (sentences === "all" || all.length <= sentences) return all;
    if (draw === "first") return all.slice(0, sentences);
    const drawn = drawDistinct(random.split("step", step, row), all.length, sentences);
    return drawn.sort((a, b) => a - b).map((at) => all[at]!);
  };
}
