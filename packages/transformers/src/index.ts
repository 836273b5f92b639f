export { attentionRollout, classTokenAttention } from "./attention-rollout.js";
export { classifierHead, resolveClassifierHead, type ClassifierHeadConfig } from "./classifier-head.js";
export { hybridVit, type HybridVit, type HybridVitConfig } from "./hybrid-vit.js";
export { mapTokenizer, resolveMapTokenizer, type MapTokenizer, type MapTokenizerConfig } from "./map-tokenizer.js";
export {
  resolveTransformerEncoder,
  transformerEncoder,
  type TransformerEncoder,
  type TransformerEncoderConfig,
} from "./transformer-encoder.js";
