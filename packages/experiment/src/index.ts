export type { DataSummary, Evaluation, Measurement, Source } from "./evaluation.js";
export { trainingCharts } from "./charts.js";
export { confusedPairs, confusionCharts } from "./confusion.js";
export { experimentCommand, type Host } from "./cli.js";
export {
  experiment,
  type Experiment,
  type Job,
  type Predict,
  type PredictOptions,
  type Prepared,
  type RunContext,
  type RunOptions,
  type Stage,
  type Trained,
  type TrainedStage,
  type Variant,
} from "./experiment.js";
export { madeOnce, type StoredJob } from "./jobs/job-store.js";
export { loadBest, runStage, type StageOptions } from "./jobs/run-stage.js";
export { attentionAddress, imageAddress } from "./image-address.js";
export { formatted, percent, rounded, spread, type Metric } from "./metric.js";
export { withProgress, type Done } from "./progress.js";
export { provenance, type Machine, type Provenance } from "./provenance.js";
export { html } from "./render/html.js";
export { markdown, type MarkdownPage } from "./render/markdown.js";
export { svgOf } from "./render/svg.js";
export { text as textOf } from "./render/text.js";
export { describeVariants, howItWasMade, overSeeds } from "./report-parts.js";
export {
  baselineDifferences,
  cellOf,
  difference,
  valuesOf,
  variantTable,
  type Column,
  type JobRecord,
  type Quantity,
  type Results,
  type Row,
  type StageRecord,
  type VariantSummary,
} from "./results.js";
export { resultsOf } from "./results-of.js";
export { runExperiment, waitsFor, type RunOutcome } from "./run-experiment.js";
export {
  bullets,
  charts,
  detail,
  figures,
  heading,
  paragraph,
  table,
  type Chart,
  type Figure,
  type FigureImage,
  type Section,
} from "./section.js";
export { choice, count, counts, defaultsOf, fixed, integer, list, rate, text, weight, weights, type Setting, type SettingsOf, type SettingsSpec } from "./settings.js"; // prettier-ignore
export type { Table } from "./tables.js";
export { trainedModel } from "./trained-model.js";
