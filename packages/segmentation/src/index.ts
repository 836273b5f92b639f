export { asppDecoder, type AsppDecoderConfig } from "./decoders/aspp-decoder.js";
export type { Decoder } from "./decoders/decoder.js";
export { fcnDecoder, type FcnDecoderConfig } from "./decoders/fcn-decoder.js";
export { pspDecoder, type PspDecoderConfig } from "./decoders/psp-decoder.js";
export type { Alignment, ImagePadding } from "./image-fit.js";
export { pixelLogits, segmenter, type Segmenter, type SegmenterConfig, type SegmenterOutputs } from "./segmenter.js";
export type { LabelBand, ProbabilityBand } from "./inference/bands.js";
export {
  collectLabels,
  slidingWindow,
  slidingWindowProbabilities,
  type SlidingWindowOptions,
} from "./inference/sliding-window.js";
export type { WindowWeighting } from "./inference/window-grid.js";
export type { Classify } from "./inference/window-probabilities.js";
export type { Prepare } from "./inference/window-reader.js";
export {
  confusionMatrix,
  type ConfusionMatrix,
  type ConfusionMatrixConfig,
  type Labels,
} from "./metrics/confusion-matrix.js";
export {
  classScores,
  meanScore,
  type Average,
  type ClassScores,
  type MeanScoreOptions,
  type Score,
} from "./metrics/scores.js";
