// phrases
export { cachedPhrases, type CachedPhrasesOptions, type Described } from "./cached-phrases.js";
export type { SentencePhrases } from "./phrase-lines.js";
// words and encoders
export { loadWordVectors } from "./load-word-vectors.js";
