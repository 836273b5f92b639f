import type { Layer, Weights } from "@fovea/nn";

/**
 * Maps a name here, with Keras' name of the layer (`bn_Conv1.weight`), to the name of the weight in another library.
 */
export type KeyOf = (key: string) => string;

const NORM_KEYS: Readonly<Record<string, string>> = {
  weight: "gamma",
  bias: "beta",
  running_mean: "moving_mean",
  running_var: "moving_variance",
};

/**
 * Keras' names: `bn_Conv1.weight` → `bn_Conv1/gamma`, `block_1_depthwise.weight` →
 * `block_1_depthwise/depthwise_kernel`, `Conv1.weight` → `Conv1/kernel`
 */
export const kerasKey: KeyOf = (key) => {
  const [layer, leaf] = split(key);
  if (/bn/i.test(layer)) return `${layer}/${NORM_KEYS[leaf]}`;
  if (leaf === "bias") return `${layer}/bias`;
  return `${layer}/${layer.endsWith("depthwise") ? "depthwise_kernel" : "kernel"}`;
};

const STEM_AND_TOP: Readonly<Record<string, string>> = {
  Conv1: "features.0.0",
  bn_Conv1: "features.0.1",
  Conv_1: "features.18.0",
  Conv_1_bn: "features.18.1",
};

/**
 * Names with torchvision's numbers of layers: `bn_Conv1.weight` → `features.0.1.weight`, `block_1_depthwise.weight` →
 * `features.2.conv.1.0.weight`.
 */
export const torchvisionKey: KeyOf = (key) => {
  const [layer, leaf] = split(key);
  const [, block, part] = /^(?:expanded_conv|block_(\d+))_(.+)$/.exec(layer) ?? [];
  if (part === undefined) return `${STEM_AND_TOP[layer]}.${leaf}`;
  return `features.${Number(block ?? 0) + 1}.conv.${placeOf(part, block !== undefined)}.${leaf}`;
};

/**
 * The number of a layer in a block of torchvision. Convolution, norm and activation have one number, except in the
 * projection. The first block has no expansion.
 */
function placeOf(part: string, expands: boolean): string {
  const [conv, norm] = part.split("_") as [string, string?];
  const at = ["expand", "depthwise", "project"].indexOf(conv) - (expands ? 0 : 1);
  if (conv === "project") return String(norm ? at + 1 : at);
  return `${at}.${norm ? 1 : 0}`;
}

function split(key: string): [layer: string, leaf: string] {
  const dot = key.lastIndexOf(".");
  return [key.slice(0, dot), key.slice(dot + 1)];
}

/** Renames the weights of a layer. */
export function withKeys(layer: Layer, keyOf: KeyOf): Layer {
  const renamed = (weights: Weights): Weights =>
    Object.fromEntries(Object.entries(weights).map(([key, variable]) => [keyOf(key), variable]));
  return { ...layer, params: renamed(layer.params), buffers: renamed(layer.buffers) };
}
