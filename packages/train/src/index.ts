export type { Callback, Run, StepEvent } from "./callbacks/callback.js";
export { earlyStop, type EarlyStopOptions } from "./callbacks/early-stop.js";
export { evaluate, type EvaluateOptions } from "./callbacks/evaluate.js";
export { CheckpointError, type Checkpoint, type RunSettings, type Snapshot } from "./checkpoint/checkpoint.js";
export type { BestEpochOptions, CheckpointStore, RunCheckpoints } from "./checkpoint/checkpoint-store.js";
export type { DisposableBatch } from "./batches.js";
export { ema, type Ema, type EmaOptions } from "./ema.js";
export type { FitOptions } from "./fit-options.js";
export { fit } from "./fit.js";
export type { EpochRecord, History, Metrics, Mode } from "./history.js";
export { historyCurves, type Curve, type HistoryCurvesOptions } from "./history-curves.js";
export type { Loss } from "./loss.js";
export { averagePrecision } from "./metrics/average-precision.js";
export { calibrationError } from "./metrics/calibration-error.js";
export { confusionMatrix, type ConfusionMatrix } from "./metrics/confusion-matrix.js";
export {
  retrieval,
  type LabelledEmbeddings,
  type RetrievalOptions,
  type RetrievalScores,
} from "./metrics/retrieval.js";
export { rocAuc } from "./metrics/roc-auc.js";
export { runningMean, type RunningMean } from "./metrics/running-mean.js";
export { topKAccuracy, type TopKOptions } from "./metrics/top-k-accuracy.js";
export { NotFiniteError } from "./not-finite-error.js";
export { adamW, type AdamWOptions } from "./optimizers/adam-w.js";
export { clipByGlobalNorm, globalNorm, type Gradients } from "./optimizers/clip.js";
export type { Hyperparameters } from "./optimizers/hyperparameters.js";
export {
  exceptVectors,
  type DecayFilter,
  type Optimizer,
  type Slots,
  type UpdateInfo,
} from "./optimizers/optimizer.js";
export type { ParamGroup } from "./optimizers/param-group.js";
export { paramGroups } from "./optimizers/param-groups.js";
export { sgd, type SgdOptions } from "./optimizers/sgd.js";
export { updateParams } from "./optimizers/update-params.js";
export { constant, cosine, poly, stepDecay, type DecayOptions, type StepDecayOptions } from "./schedules/decays.js";
export { oneCycle, type OneCycleOptions, type OneCycleWithOptions } from "./schedules/one-cycle.js";
export type { Schedule, Schedules, Span } from "./schedules/schedule.js";
export { withWarmup, type WarmupOptions } from "./schedules/with-warmup.js";
