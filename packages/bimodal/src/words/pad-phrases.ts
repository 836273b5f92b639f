import { requireCounts, requireOneOf } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/** Options of `padPhrases`. */
export interface PadPhrasesOptions {
  /** The most phrases of a sample. Default 20. */
  readonly maxPhrases?: number;
  /** The most words of a phrase. Default 16. */
  readonly maxWords?: number;
  /**
   * What happens to a sample with more phrases or a phrase with more words: "refuse" throws, "cut" keeps the first
   * phrases, and the last words, since a noun phrase ends with its noun. Default "refuse".
   */
  readonly tooMany?: "refuse" | "cut";
  /**
   * Whether the tensor is always [batch, maxPhrases, maxWords], as compiled steps need it, and not only as large as
   * this batch needs it. Default false.
   */
  readonly fixed?: boolean;
  /** A name for each sample, such as the id of its image, for error messages. Default: their places in the batch. */
  readonly names?: readonly string[];
}

/** The words of a batch. */
export interface PaddedPhrases {
  /** [batch, phrase, word], int32: ids of words, 0 is padding. The caller disposes it. */
  readonly words: tf.Tensor3D;
  /** How many phrases, and how many words of the others, were cut off. */
  readonly cut: { readonly phrases: number; readonly words: number };
}

/**
 * The ids of the words of the phrases of samples as one tensor, with zeros behind the last word and the last phrase. A
 * sample without phrases is all zeros.
 *
 * @example padPhrases(samples.map((phrases) => phrases.map(vocabulary.idsOf)))
 * @param samples - for each sample, for each phrase, the ids of its words
 * @throws RangeError for no samples, a phrase without words, an id that is no word (below 1), or more phrases or words
 *   than allowed, with the name of the sample
 */
export function padPhrases(
  samples: readonly (readonly (readonly number[])[])[],
  options: PadPhrasesOptions = {},
): PaddedPhrases {
  const { maxPhrases = 20, maxWords = 16, tooMany = "refuse", fixed = false } = options;
  requireCounts("padPhrases", { maxPhrases, maxWords });
  requireOneOf("padPhrases", { tooMany }, ["refuse", "cut"]);
  if (samples.length === 0) throw new RangeError("padPhrases: expected at least one sample, got none.");
  const nameOf = (at: number) => `sample ${options.names?.[at] ?? at}`;
  samples.forEach((phrases, at) => requireWords(nameOf(at), phrases));
  if (tooMany === "refuse") samples.forEach((phrases, at) => requireFew(nameOf(at), phrases, { maxPhrases, maxWords }));
  const kept = samples.map((phrases) => phrases.slice(0, maxPhrases).map((words) => words.slice(-maxWords)));
  const phrase = fixed ? maxPhrases : longest(kept);
  const word = fixed ? maxWords : longest(kept.flat());
  const values = new Int32Array(samples.length * phrase * word);
  kept.forEach((phrases, b) => phrases.forEach((ids, p) => values.set(ids, (b * phrase + p) * word)));
  return { words: tf.tensor3d(values, [samples.length, phrase, word], "int32"), cut: countCut(samples, kept) };
}

/** The length of the longest list, at least 1. */
const longest = (lists: readonly (readonly unknown[])[]): number =>
  lists.reduce((most, { length }) => Math.max(most, length), 1);

function requireWords(sample: string, phrases: readonly (readonly number[])[]): void {
  phrases.forEach((ids, at) => {
    if (ids.length === 0)
      throw new RangeError(`padPhrases: expected a word in each phrase, got none in phrase ${at} of ${sample}.`);
    const odd = ids.find((id) => !Number.isSafeInteger(id) || id < 1);
    if (odd !== undefined)
      throw new RangeError(
        `padPhrases: expected ids of words, whole numbers of at least 1, got ${odd} in phrase ${at} of ${sample}.`,
      );
  });
}

type Limits = Readonly<Record<"maxPhrases" | "maxWords", number>>;

function requireFew(sample: string, phrases: readonly (readonly number[])[], { maxPhrases, maxWords }: Limits): void {
  if (phrases.length > maxPhrases)
    throw new RangeError(
      `padPhrases: expected at most ${maxPhrases} phrases for each sample (\`maxPhrases\`), got ${phrases.length} for ` +
        `${sample}. Raise \`maxPhrases\`, take fewer sentences, or keep the first ones with \`tooMany: "cut"\`.`,
    );
  const long = phrases.findIndex((ids) => ids.length > maxWords);
  if (long >= 0)
    throw new RangeError(
      `padPhrases: expected at most ${maxWords} words in each phrase (\`maxWords\`), got ${phrases[long]!.length} in ` +
        `phrase ${long} of ${sample}. Raise \`maxWords\`, or keep the last words with \`tooMany: "cut"\`.`,
    );
}

type Samples = readonly (readonly (readonly number[])[])[];

/** Words of phrases that are gone are not counted. */
function countCut(samples: Samples, kept: Samples): PaddedPhrases["cut"] {
  const missing = (whole: Samples[number], part: Samples[number]) => whole.length - part.length;
  const shorter = (sample: Samples[number], at: number) =>
    kept[at]!.reduce((sum, ids, p) => sum + sample[p]!.length - ids.length, 0);
  return {
    phrases: samples.reduce((sum, sample, at) => sum + missing(sample, kept[at]!), 0),
    words: samples.reduce((sum, sample, at) => sum + shorter(sample, at), 0),
  };
}
