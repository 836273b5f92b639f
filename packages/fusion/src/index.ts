export { attentionFusion, type AttentionFusionConfig } from "./attention-fusion.js";
export { concatFusion, type ConcatFusionConfig } from "./concat-fusion.js";
export type { Fusion, MergePoint } from "./fusion.js";
export { hybridFusion, type HybridFusion } from "./hybrid-fusion.js";
export { maxFusion } from "./max-fusion.js";
export { meanFusion } from "./mean-fusion.js";
export { meanProbabilities } from "./mean-probabilities.js";
export { requireViews } from "./require-views.js";
export { tokenFusion, type TokenFusionConfig } from "./token-fusion.js";
