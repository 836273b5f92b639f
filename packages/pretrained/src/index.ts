export { fromHub } from "./hub/from-hub.js";
export { HubError } from "./hub/hub-error.js";
export type { HubOptions } from "./hub/hub-options.js";
export { loadPretrained, type LoadPretrainedOptions, type LoadPretrainedReport } from "./load-pretrained.js";
export { pretrainedWeights, type Preprocessing, type PretrainedWeights } from "./pretrained-weights.js";
