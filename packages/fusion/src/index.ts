export { attentionFusion, type AttentionFusionConfig } from "./attention-fusion.js";
export { concatFusion, type ConcatFusionConfig } from "./concat-fusion.js";
export type { Fusion, MergePoint } from "./fusion.js";
export { hybridFusion, type HybridFusion } from "./hybrid-fusion.js";
export { maxFusion } from "./max-fusion.js";
export { meanFusion, meanLogits } from "./mean-fusion.js";
export { meanProbabilities } from "./mean-probabilities.js";
export { tokenFusion, type TokenFusionConfig } from "./token-fusion.js";
export { checkViews, countReal, fillMasked, isReal, keepReal } from "./views.js";
