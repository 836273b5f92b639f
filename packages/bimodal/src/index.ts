// phrases
export type { TaggedWord, Tagger } from "./phrases/tagger.js";
// words and encoders
export type { EncodedPhrases, PhraseEncoder } from "./phrase-encoder.js";
// attention
