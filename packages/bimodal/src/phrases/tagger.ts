/** A word or a punctuation mark of a sentence, with its part of speech. */
export interface TaggedWord {
  /** The word as the sentence has it. */
  readonly text: string;
  /** The universal part of speech, such as "NOUN", "ADJ", "DET" or "PUNCT". Ref: universaldependencies.org/u/pos */
  readonly tag: string;
}

/** Splits a sentence into words and marks, and tags each: a library for one language. */
export type Tagger = (sentence: string) => readonly TaggedWord[];
