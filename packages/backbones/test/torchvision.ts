import type * as tf from "@tensorflow/tfjs-core";
import { randomTensor } from "@fovea/nn/testing";

/** The state dict of a network of torchvision: shapes by name, with nothing of ours in them. */
export type Shapes = Readonly<Record<string, readonly number[]>>;

const prefixed = (prefix: string, shapes: Shapes): Shapes =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [`${prefix}.${name}`, shape]));

/** Of a convolution without a bias. */
const conv = (name: string, from: number, to: number, side: number, groups = 1): Shapes => ({
  [`${name}.weight`]: [to, from / groups, side, side],
});

const norm = (name: string, channels: number): Shapes =>
  prefixed(name, {
    weight: [channels],
    bias: [channels],
    running_mean: [channels],
    running_var: [channels],
    num_batches_tracked: [],
  });

const linear = (name: string, from: number, to: number): Shapes => prefixed(name, { weight: [to, from], bias: [to] });

/**
 * Those of `resnet18` and the like, from torchvision's `resnet.py`.
 *
 * @param repeats - blocks in each of the four layers
 * @param convolutions - in a block: 2, or 3 of a bottleneck
 * @param width - channels of the first convolution, 64 in those that are published
 */
export function resNetShapes(
  repeats: readonly number[],
  convolutions: 2 | 3,
  { width, classes }: { readonly width: number; readonly classes: number },
): Shapes {
  const expansion = convolutions === 3 ? 4 : 1;
  const block = (from: number, planes: number, first: boolean): Shapes => {
    const to = planes * expansion;
    const sides = convolutions === 3 ? [1, 3, 1] : [3, 3];
    const parts = sides.map((side, i) => {
      const [into, out] = [i === 0 ? from : planes, i === sides.length - 1 ? to : planes];
      return { ...conv(`conv${i + 1}`, into, out, side), ...norm(`bn${i + 1}`, out) };
    });
    const changes = first && (planes > width || convolutions === 3);
    const shortcut = changes ? { ...conv("downsample.0", from, to, 1), ...norm("downsample.1", to) } : {};
    return Object.assign({}, ...parts, shortcut) as Shapes;
  };
  const blocks = repeats.flatMap((repeat, layer) =>
    Array.from({ length: repeat }, (_, i) => {
      const planes = width * 2 ** layer;
      const from = i > 0 ? planes * expansion : layer === 0 ? width : (planes / 2) * expansion;
      return prefixed(`layer${layer + 1}.${i}`, block(from, planes, i === 0));
    }),
  );
  const stem = { ...conv("conv1", 3, width, 7), ...norm("bn1", width) };
  return Object.assign({}, stem, ...blocks, linear("fc", width * 8 * expansion, classes)) as Shapes;
}

/**
 * Those of `vgg16_bn`, from `vgg.py`, whose convolutions have a bias: they are numbered with what lies between them.
 *
 * @param width - channels of the first convolution, 64 in that which is published
 */
export function vgg16BnShapes({
  width,
  classes,
  hidden,
  cells,
}: Readonly<Record<"width" | "classes" | "hidden" | "cells", number>>): Shapes {
  const numbers = [0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40];
  const channels = [1, 1, 2, 2, 4, 4, 4, 8, 8, 8, 8, 8, 8].map((times) => times * width);
  const features = numbers.map((at, i) => ({
    ...conv(`features.${at}`, i === 0 ? 3 : channels[i - 1]!, channels[i]!, 3),
    [`features.${at}.bias`]: [channels[i]!],
    ...norm(`features.${at + 1}`, channels[i]!),
  }));
  const head = [
    linear("classifier.0", channels.at(-1)! * cells * cells, hidden),
    linear("classifier.3", hidden, hidden),
    linear("classifier.6", hidden, classes),
  ];
  return Object.assign({}, ...features, ...head) as Shapes;
}

/** Those of `mobilenet_v2(width_mult=alpha)`, from `mobilenetv2.py`: 17 blocks, of which the first has no expansion. */
export function mobileNetV2Shapes({ alpha, classes }: { readonly alpha: number; readonly classes: number }): Shapes {
  const convNorm = (name: string, from: number, to: number, side: number, groups = 1) => ({
    ...conv(`${name}.0`, from, to, side, groups),
    ...norm(`${name}.1`, to),
  });
  const block = (from: number, to: number, ratio: number): Shapes => {
    const hidden = from * ratio;
    const last = ratio === 1 ? 1 : 2;
    return prefixed("conv", {
      ...(ratio !== 1 && convNorm("0", from, hidden, 1)),
      ...convNorm(`${last - 1}`, hidden, hidden, 3, hidden),
      ...conv(`${last}`, hidden, to, 1),
      ...norm(`${last + 1}`, to),
    });
  };
  let from = makeDivisible(32 * alpha);
  const parts: Shapes[] = [convNorm("features.0", 3, from, 3)];
  for (const [ratio, channels, repeat] of [
    [1, 16, 1],
    [6, 24, 2],
    [6, 32, 3],
    [6, 64, 4],
    [6, 96, 3],
    [6, 160, 3],
    [6, 320, 1],
  ] as const)
    // prettier-ignore
    for (let i = 0; i < repeat; i++) {
      const to = makeDivisible(channels * alpha);
      parts.push(prefixed(`features.${parts.length}`, block(from, to, ratio)));
      from = to;
    }
  const last = makeDivisible(1280 * Math.max(1, alpha));
  const head = [convNorm(`features.${parts.length}`, from, last, 1), linear("classifier.1", last, classes)];
  return Object.assign({}, ...parts, ...head) as Shapes;
}

/** `_make_divisible(value, 8)`: the nearest multiple of 8, but no more than a tenth less. */
function makeDivisible(value: number): number {
  const nearest = Math.max(8, Math.floor((value + 4) / 8) * 8);
  return nearest < 0.9 * value ? nearest + 8 : nearest;
}

/** Random tensors of these shapes. */
export const stateDict = (shapes: Shapes): Record<string, tf.Tensor> =>
  Object.fromEntries(Object.entries(shapes).map(([key, shape], i) => [key, randomTensor([...shape], i)]));
