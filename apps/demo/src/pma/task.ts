import type { SavedVocabulary, Vocabulary, WordVectors } from "@fovea/bimodal";
import type { Captioned, ImageItem, ImageSet, StoredFeatures } from "@fovea/data";
import type { Splits } from "../own-splits.js";
import type { Network } from "./network.js";

/** Finds the phrases of sentences about one image, each once, in the order in which they are said. */
export type PhrasesOf = (sentences: readonly string[], image: { readonly id: string }) => readonly string[];

/** What a network must know of the data. */
export interface NetworkInputs {
  readonly classes: number;
  /** The number of ids of words. */
  readonly words: number;
  /** Vectors of words that stay as they are. Default: none, they are learned, or come with a checkpoint. */
  readonly vectors?: WordVectors | undefined;
}

/** Images with sentences. */
export type TextSet = ImageSet<ImageItem & Captioned>;

/** Images with sentences, and the frozen trunk's map of each. */
export interface TextSplit {
  readonly set: TextSet;
  readonly features: StoredFeatures;
}

/** What all variants of one seed share. */
export interface PmaData extends Splits<TextSplit> {
  readonly classes: readonly string[];
  readonly inputs: NetworkInputs;
  readonly phrasesOf: PhrasesOf;
  readonly vocabulary: Vocabulary;
  /** The bi-modal network that the student learns from, trained when it is first asked for. */
  teacher(): Promise<Network>;
}

/** What a checkpoint keeps beside the weights. */
export interface SavedWords {
  readonly vocabulary: SavedVocabulary;
  /** Length of the vector of a word. */
  readonly wordDim: number;
}
