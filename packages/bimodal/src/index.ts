// phrases
export type { TaggedWord, Tagger } from "./phrases/tagger.js";
export { phraseExtractor, type PhraseExtractor, type PhraseExtractorOptions } from "./phrases/phrase-extractor.js";
// words and encoders
export type { EncodedPhrases, PhraseEncoder } from "./phrase-encoder.js";
export { encodePhrases } from "./words/encode-phrases.js";
export { lstmPhraseEncoder, type LstmPhraseEncoderConfig } from "./words/lstm-phrase-encoder.js";
export { meanPhraseEncoder, type MeanPhraseEncoderConfig } from "./words/mean-phrase-encoder.js";
export {
  requireVocabulary,
  UNKNOWN_ID,
  vocabulary,
  vocabularyOf,
  type SavedVocabulary,
  type Vocabulary,
  type VocabularyOptions,
} from "./words/vocabulary.js";
export { wordEmbedding, type WordEmbedding, type WordEmbeddingConfig } from "./words/word-embedding.js";
export { readWordVectors, type ReadWordVectorsOptions, type WordVectors } from "./words/word-vectors.js";
// attention
export { imageBlocks, type ImageBlocks } from "./attention/image-blocks.js";
export type { ProgressiveMaskAttentionConfig } from "./attention/pma-config.js";
export type { PmaStage } from "./attention/pma-stage.js";
export {
  progressiveMaskAttention,
  type PmaOutputs,
  type ProgressiveMaskAttention,
} from "./attention/progressive-mask-attention.js";
export {
  queryRelationalScorer,
  type QueryRelationalScorer,
  type QueryRelationalScorerConfig,
} from "./attention/query-relational-scorer.js";
export { selfAttentionScorer, type SelfAttentionScorerConfig } from "./attention/self-attention-scorer.js";
export { strikeBlock } from "./attention/strike-block.js";
export { textStage, type TextParts, type TextStage } from "./attention/text-stage.js";
export { visualStage, type VisualParts, type VisualStage } from "./attention/visual-stage.js";
