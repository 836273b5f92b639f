export { attentionRollout, classTokenAttention } from "./attention-rollout.js";
export { classifierHead, type ClassifierHeadConfig } from "./classifier-head.js";
export { mapTokenizer, type MapTokenizer, type MapTokenizerConfig } from "./map-tokenizer.js";
export { transformerEncoder, type TransformerEncoder, type TransformerEncoderConfig } from "./transformer-encoder.js";
