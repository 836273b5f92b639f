export {
  adaptivePerspectiveDistillation,
  type AdaptivePerspectiveDistillation,
} from "./distillation/adaptive-perspective-distillation.js";
export type { DistillationConfig, DistillationWeights } from "./distillation/distillation-config.js";
export {
  explainPma,
  type ExplainPmaOptions,
  type PixelBox,
  type PmaExplanation,
  type PmaStageExplanation,
} from "./explain-pma.js";
export {
  fineGrainedClassifier,
  type FineGrainedClassifier,
  type FineGrainedConfig,
  type FineGrainedOutputs,
  type StartOptions,
} from "./fine-grained-classifier.js";
export {
  attentionSamplingClassifier,
  largeImageClassifier,
  fullImageClassifier,
  zoomInClassifier,
  type LargeImageClassifier,
  type LargeImageConfig,
  type LargeImageOutputs,
  type LargeImagePrediction,
  type PredictOptions,
} from "./large-image-classifier.js";
export { multiViewClassifier, type Logits, type MultiViewClassifier, type Views } from "./multi-view-classifier.js";
export { mvHfmd, type MvHfmd, type MvHfmdBranch, type MvHfmdConfig, type ResolvedMvHfmd } from "./mv-hfmd.js";
export type { Grid, PipelineConfig, ResolvedPipeline, TransformerSize } from "./pipeline.js";
export { predict, type PredictionMode } from "./predict.js";
export {
  bimodalPma,
  visionPma,
  type BimodalPmaConfig,
  type PmaClassifier,
  type PmaClassifierOutputs,
  type VisionPmaConfig,
} from "./pma.js";
