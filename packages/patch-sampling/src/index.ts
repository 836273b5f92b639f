export { drawWithoutReplacement, drawWithReplacement, factorsOf, takeAll, takeLargest, type Draw } from "./draw.js";
export { drawWeights, expectation } from "./expectation.js";
export { apportion } from "./apportion.js";
export { attentionOf, awayFrom, negativeEntropy } from "./attention.js";
export {
  attentionSampling,
  type AttentionPlan,
  type AttentionSamplingConfig,
  type AttentionSamplingParts,
} from "./attention-sampling.js";
export type { Glance, Mode, PlanOptions, TileScore } from "./glance.js";
export { tilesOf, type Placement } from "./grid.js";
export {
  convAttention,
  convFeatures,
  encoderFeatures,
  patchFeatures,
  type ConvAttentionConfig,
  type ConvFeaturesConfig,
  type PatchFeaturesConfig,
} from "./networks.js";
export type { AttentionNetwork, FeatureNetwork, Picture, PixelBlock, Region, ToTensor } from "./picture.js";
export { toUnitRange, unitRows, type Estimate, type Plan, type Sampler, type Seen } from "./sampler.js";
export { wholeView, type WholeViewConfig, type WholeViewParts } from "./whole-view.js";
export { zoomIn, type ZoomInConfig, type ZoomInParts, type ZoomInPlan } from "./zoom-in.js";
