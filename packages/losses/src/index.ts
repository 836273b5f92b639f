export { channelGroups } from "./channel-groups.js";
export { crossEntropy, type CrossEntropyOptions } from "./cross-entropy.js";
export type { DistillationOptions } from "./distillation.js";
export { knowledgeDistillation } from "./knowledge-distillation.js";
export { mcLoss, mcLossWeights, mcScores, type ChannelOwners, type McLossOptions } from "./mc-loss.js";
export type { MultiTermLoss } from "./multi-term-loss.js";
export { mutualDistillation } from "./mutual-distillation.js";
export { mvHfmdLoss, type MvHfmdLogits, type MvHfmdLossOptions } from "./mv-hfmd-loss.js";
export { viewCrossEntropy, type ViewCrossEntropyOptions } from "./view-cross-entropy.js";
