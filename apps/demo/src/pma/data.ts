import { byteCache, cached } from "@fovea/data";
import type { Prepared, RunContext } from "@fovea/experiment";
import { emojiTexts, trunkSource, wordVectorSource } from "@fovea/open-datasets";
import { sizesOf, SPLITS, type Splits } from "../own-splits.js";
import { readImages } from "../splits.js";
import { frozenMaps } from "../tuned-trunk.js";
import { tellCut } from "./batches.js";
import type { Network } from "./network.js";
import { ownTexts, type Texts } from "./own-texts.js";
import { wordsIn } from "./phrases.js";
import type { Settings } from "./settings.js";
import type { PmaData, SavedWords, TextSet, TextSplit } from "./task.js";
import { teacherOf } from "./teacher.js";

async function textsOf(settings: Settings): Promise<Texts> {
  const { data, size, seed } = settings;
  if (data !== "emoji") return ownTexts(settings);
  return {
    ...(await emojiTexts({ size, seed, fold: seed % 5 })),
    description:
      "Each class is a kind of thing. An image is a drawing of an emoji, rotated, shifted, lit and laid over a photograph; the " +
      "sentences are what WordNet says of the thing, without its name. No emoji is in two splits, and each seed tests others.",
  };
}

/** Reads images and sentences, finds the phrases, and computes the frozen maps. */
export async function prepare(settings: Settings, context: RunContext): Promise<Prepared<PmaData>> {
  const { train, validation, test, attribution, classes, ...task } = await textsOf(settings);
  const { vocabulary, vectors, phrasesOf } = await wordsIn({ train, validation, test }, settings.vectors, context);
  await tellCut({ train, validation, test }, { phrasesOf, vocabulary }, settings);
  const cache = byteCache(Infinity);
  const sets = [train, validation, test].map((set): TextSet => cached(set, cache));
  await readImages(sets, context.signal);
  const features = await frozenMaps(sets, context.signal);
  const splits = Object.fromEntries(SPLITS.map((split, i) => [split, { set: sets[i]!, features: features[i]! }])) as Splits<TextSplit>; // prettier-ignore
  let teacher: Promise<Network> | undefined;
  const data: PmaData = {
    ...splits,
    ...{ classes, phrasesOf, vocabulary, inputs: { classes: classes.length, words: vocabulary.size, vectors } },
    teacher: () => (teacher ??= teacherOf(settings, data, context)),
  };
  const sizes = sizesOf({ train: train.items, validation: validation.items, test: test.items });
  return {
    data,
    summary: {
      ...task,
      classes,
      sizes,
      sources: [...attribution, trunkSource, ...(settings.vectors === "glove" ? [wordVectorSource] : [])],
    },
    saved: { vocabulary: vocabulary.toJSON(), wordDim: vectors?.dim ?? settings.wordDim } satisfies SavedWords,
    dispose: async () => (await teacher)?.dispose(),
  };
}
