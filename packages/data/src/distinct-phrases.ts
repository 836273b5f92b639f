import type { PhraseIds } from "@fovea/nn";

/** Phrases of the same words once, where the first of them stands, and those without words not at all. */
export const distinctPhrases = (phrases: readonly PhraseIds[]): readonly PhraseIds[] => [
  ...new Map(phrases.filter(({ length }) => length > 0).map((phrase) => [phrase.join(), phrase])).values(),
];
