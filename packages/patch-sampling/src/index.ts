export { apportion } from "./apportion.js";
export { attentionOf, contrastAttention, negativeEntropy } from "./attention.js";
export type { AttentionMap } from "./attention-map.js";
export {
  attentionSampling,
  type AttentionSamplingConfig,
  type AttentionSamplingParts,
  type AttentionSamplingPlan,
} from "./attention-sampling.js";
export type { AttentionStage, TileScore } from "./attention-stage.js";
export { batchAttention, type BatchAttention } from "./batch-attention.js";
export type { SamplingMode, SamplingOptions } from "./cell-selector.js";
export { collateAttention, type CollatedAttention } from "./collate-attention.js";
export type { AttentionNetwork, FeatureNetwork, ToTensor } from "./contracts.js";
export { drawWithoutReplacement, drawWithReplacement, factorsOf, takeAll, takeLargest, type Draw } from "./draw.js";
export { drawWeights, expectation } from "./expectation.js";
export { fullImage, type FullImageConfig, type FullImageParts } from "./full-image.js";
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
export {
  toUnitRange,
  unitRows,
  type PatchSampler,
  type SampledPatches,
  type SamplerOutputs,
  type SamplingPlan,
} from "./patch-sampler.js";
export type { MapInputs, SamplerInputs, StageInputs } from "./sampler-inputs.js";
export type { WeightsVersion } from "./weights-version.js";
export { zoomIn, type ZoomInConfig, type ZoomInParts, type ZoomInPlan } from "./zoom-in.js";
