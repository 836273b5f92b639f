import type * as tf from "@tensorflow/tfjs-core";
import { weightsOf, type Module } from "@fovea/nn";
import { randomTensor } from "@fovea/nn/testing";

const NORM = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"];
const norm = (name: string) => NORM.map((leaf) => `${name}.${leaf}`);

/** Keys of torchvision's `resnet18().state_dict()` and the like, written down from `resnet.py`. */
export function resNetKeys(repeats: readonly number[], convolutions: 2 | 3): string[] {
  const keys = ["conv1.weight", ...norm("bn1"), "fc.weight", "fc.bias"];
  repeats.forEach((repeat, layer) => {
    for (let block = 0; block < repeat; block++) {
      const prefix = `layer${layer + 1}.${block}`;
      for (let i = 1; i <= convolutions; i++) keys.push(`${prefix}.conv${i}.weight`, ...norm(`${prefix}.bn${i}`));
      const changes = block === 0 && (layer > 0 || convolutions === 3);
      if (changes) keys.push(`${prefix}.downsample.0.weight`, ...norm(`${prefix}.downsample.1`));
    }
  });
  return keys;
}

/** Keys of torchvision's `vgg16_bn().state_dict()`: the numbers of its convolutions are facts of that file. */
export const vgg16BnKeys = (): string[] => [
  ...[0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40].flatMap((at) => [
    `features.${at}.weight`,
    `features.${at}.bias`,
    ...norm(`features.${at + 1}`),
  ]),
  ...[0, 3, 6].flatMap((at) => [`classifier.${at}.weight`, `classifier.${at}.bias`]),
];

/**
 * Keys of torchvision's `mobilenet_v2().state_dict()`: 17 blocks, of which the first has no expansion, and no bias
 * but the head's.
 */
export const mobileNetV2Keys = (): string[] => {
  const convNorm = (name: string) => [`${name}.0.weight`, ...norm(`${name}.1`)];
  const block = (at: number) => {
    const conv = `features.${at}.conv`;
    const [before, last] = at === 1 ? [[0], 1] : [[0, 1], 2];
    return [
      ...before.flatMap((i) => convNorm(`${conv}.${i}`)),
      `${conv}.${last}.weight`,
      ...norm(`${conv}.${last + 1}`),
    ];
  };
  const blocks = Array.from({ length: 17 }, (_, i) => block(i + 1)).flat();
  return [...convNorm("features.0"), ...blocks, ...convNorm("features.18"), "classifier.1.weight", "classifier.1.bias"];
};

/**
 * Random tensors under the given keys in PyTorch's layouts: [out, in, height, width], [channels, 1, height, width]
 * and [out, in].
 */
export function stateDict(module: Module, keys: readonly string[]): Record<string, tf.Tensor> {
  const weights = weightsOf(module);
  const shapeOf = (key: string): number[] => {
    const shape = weights[key]?.shape ?? [];
    const [height, width, input, out] = shape;
    if (shape.length === 4 && out === 1) return [input!, 1, height!, width!]; // depthwise
    if (shape.length === 4) return [out!, input!, height!, width!];
    return [...shape].reverse();
  };
  return Object.fromEntries(keys.map((key, i) => [key, randomTensor(shapeOf(key), i)]));
}
