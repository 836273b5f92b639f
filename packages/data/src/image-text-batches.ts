import { requireOneOf, type BatchSource } from "@fovea/nn";
import type { Captioned } from "./captions.js";
import { drawnSentences, type CaptionedImages, type SentencesAt } from "./drawn-sentences.js";
import { imageBatchesOf, samplerOf, type ImageBatch, type ImageBatchesOptions } from "./image-batches.js";
import type { ImageItem } from "./image.js";
import { joinBatches } from "./join-batches.js";
import type { PlacedTransform } from "./load-views.js";
import { mentionsSide } from "./mentions-side.js";
import { horizontalFlip } from "./transforms/crops.js";
import { perView, type Transform } from "./transforms/transform.js";
import { wordBatchesOf, type EncodeOptions, type WordBatch } from "./word-batches.js";

/** A batch of images with the words about them. The caller disposes it. */
export type ImageTextBatch = ImageBatch & WordBatch;

/** Images with sentences, how they are divided into batches, and how both are prepared. */
export type ImageTextBatchesOptions<Item extends ImageItem & Captioned> = ImageBatchesOptions &
  EncodeOptions<Item> & {
    /** The images, with sentences: from `imageTextList` or `readCaptions`. */
    readonly set: CaptionedImages<Item>;
    /**
     * Whether an image is mirrored, left and right exchanged, in half of the cases, after `transform`; do not also flip
     * in `transform`, which does not know the sentences. `unless-sided`: only if none of its sentences in this batch
     * says left or right. `true`: whatever they say. Default false.
     */
    readonly mirror?: boolean | "unless-sided";
    /** Whether a sentence says left or right. Default `mentionsSide`, for English. */
    readonly sided?: (sentence: string) => boolean;
  };

/**
 * Images and the words about them, for a model of both:
 *
 *     to train     imageTextBatches({ set, batch: 32, transform, mirror: "unless-sided", sentences: 2, encode })
 *     to evaluate  imageTextBatches({ set, batch: 32, shuffle: false, encode })
 *
 * `imageBatches` and `wordBatches` of one sampler, joined. Random choices depend on `seed` and the step only.
 *
 * @throws RangeError as `imageBatches` and `wordBatches`
 */
export function imageTextBatches<Item extends ImageItem & Captioned>(
  options: ImageTextBatchesOptions<Item>,
): BatchSource<ImageTextBatch> {
  const who = "imageTextBatches";
  const { set, transform = (image) => image, mirror = false, sided = mentionsSide } = options;
  requireOneOf(who, { mirror: String(mirror) }, ["true", "false", "unless-sided"]);
  const sampler = samplerOf(who, options);
  const sentencesAt = drawnSentences(who, set, options);
  const mirrored = mirror === "unless-sided" ? unless(sided, sentencesAt) : async () => mirror;
  const images = imageBatchesOf(who, options, sampler, mirroring(transform, mirrored));
  return joinBatches(images, wordBatchesOf(who, { ...options, sampler }, sentencesAt));
}

/** Whether the image at a place may be mirrored. */
type MayMirror = (place: Parameters<SentencesAt>[0]) => Promise<boolean>;

const unless =
  (sided: (sentence: string) => boolean, sentencesAt: SentencesAt): MayMirror =>
  async (place) =>
    !(await sentencesAt(place)).some((sentence) => sided(sentence));

const mirroring =
  (transform: Transform, mayMirror: MayMirror): PlacedTransform =>
  async (views, rng, place) => {
    const done = perView(transform)(views, rng);
    return (await mayMirror(place)) ? perView(horizontalFlip())(done, rng.split("mirror")) : done;
  };
