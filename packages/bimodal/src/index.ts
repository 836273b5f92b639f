// phrases
export type { TaggedWord, Tagger } from "./phrases/tagger.js";
export { phraseExtractor, type PhraseExtractor, type PhraseExtractorOptions } from "./phrases/phrase-extractor.js";
// words and encoders
export type { EncodedPhrases, PhraseEncoder } from "./phrase-encoder.js";
// attention
