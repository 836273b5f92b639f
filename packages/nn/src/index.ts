export type { BatchSource } from "./batch-source.js";
export { requireCounts, requireOneOf, requireRates } from "./checks.js";
export { inferenceContext, scope, trainingContext, type Context } from "./context.js";
export { deferredRng } from "./deferred-rng.js";
export { hostTensor, type HostNumbers } from "./host-tensor.js";
export type { LargeImage, Pixels, Region } from "./image.js";
export { stageOf, type ImageEncoder, type MapOptions, type Stage } from "./image-encoder.js";
export { fansOf, variable, type Fans, type Init } from "./init.js";
export { inspect } from "./inspect.js";
export { l2Normalize } from "./l2-normalize.js";
export { activate, activation, type Activation } from "./layers/activation.js";
export { adaptiveAveragePool2d, type AdaptiveAveragePoolConfig } from "./layers/adaptive-average-pool.js";
export { batchNorm, type BatchNormConfig } from "./layers/batch-norm.js";
export { conv2d, type Conv2dConfig } from "./layers/conv2d.js";
export { depthwiseConv2d, type DepthwiseConv2dConfig } from "./layers/depthwise-conv2d.js";
export { dropout, dropout2d, dropPath, type DropConfig } from "./layers/dropout.js";
export { encoderBlock, type EncoderBlockConfig } from "./layers/encoder-block.js";
export { groupNorm, type GroupNormConfig } from "./layers/group-norm.js";
export { layerNorm, type LayerNormConfig } from "./layers/layer-norm.js";
export { linear, type LinearConfig } from "./layers/linear.js";
export { lstm, type Lstm, type LstmConfig, type LstmStates } from "./layers/lstm.js";
export {
  multiHeadAttention,
  type MultiHeadAttentionConfig,
  type SequenceLayer,
} from "./layers/multi-head-attention.js";
export { averagePool2d, globalAveragePool, maxPool2d, type PoolConfig } from "./layers/pooling.js";
export { pointwiseBatchNorm, type PointwiseBatchNormConfig } from "./layers/pointwise-batch-norm.js";
export { learnedPositions, sinusoidalPositions, type PositionsConfig } from "./layers/positions.js";
export { flatten, identity, pureLayer } from "./layers/pure-layer.js";
export { sequential } from "./layers/sequential.js";
export type { Padding, WindowSize } from "./layers/window.js";
export { maskedSoftmax } from "./masked-softmax.js";
export { countReal, expandMask, fillMasked } from "./masked-views.js";
export {
  countParams,
  freeze,
  joinModules,
  mergeWeights,
  moduleOf,
  trainableParams,
  unfreeze,
  weightsOf,
  type Layer,
  type Module,
  type Weights,
} from "./module.js";
export {
  PADDING_ID,
  padPhrases,
  resolvePhraseLimits,
  type PadPhrasesOptions,
  type PhraseCut,
  type PhraseIds,
  type PhraseLimits,
} from "./pad-phrases.js";
export { rng, subSeed, type Rng } from "./random.js";
export { matchShapes, ShapeError, type Axes } from "./shapes.js";
export { stopGradient, withoutGradient } from "./stop-gradient.js";
export { valueAndGradients, type ValueAndGradients } from "./value-and-gradients.js";
export { decodeSafetensors, type Safetensors } from "./weights/decode-safetensors.js";
export { encodeSafetensors } from "./weights/encode-safetensors.js";
export { loadWeights, type LoadWeightsOptions, type LoadWeightsReport } from "./weights/load-weights.js";
