import type { Layer, Weights } from "@fovea/nn";

const NORM_KEYS: Readonly<Record<string, string>> = {
  weight: "gamma",
  bias: "beta",
  running_mean: "moving_mean",
  running_var: "moving_variance",
};

/** `bn_Conv1.weight` → `bn_Conv1/gamma`, `block_1_depthwise.weight` → `block_1_depthwise/depthwise_kernel`, `Conv1.weight` → `Conv1/kernel` */
function kerasKey(key: string): string {
  const dot = key.lastIndexOf(".");
  const [layer, leaf] = [key.slice(0, dot), key.slice(dot + 1)];
  if (/bn/i.test(layer)) return `${layer}/${NORM_KEYS[leaf]}`;
  if (leaf === "bias") return `${layer}/bias`;
  return `${layer}/${layer.endsWith("depthwise") ? "depthwise_kernel" : "kernel"}`;
}

const renamed = (weights: Weights): Weights =>
  Object.fromEntries(Object.entries(weights).map(([key, variable]) => [kerasKey(key), variable]));

/** The same layer with its weights under the names Keras gives them. */
export const withKerasKeys = (layer: Layer): Layer => ({
  ...layer,
  params: renamed(layer.params),
  buffers: renamed(layer.buffers),
});
