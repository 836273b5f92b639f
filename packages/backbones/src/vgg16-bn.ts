import {
  activation,
  batchNorm,
  conv2d,
  maxPool2d,
  requireCounts,
  sequential,
  subSeed,
  type ImageEncoder,
  type Layer,
} from "@fovea/nn";
import { encoderOf, type StagePlan } from "./encoder-of.js";

/** Plain JSON. */
export interface Vgg16BnConfig {
  /** Default 3. */
  readonly inChannels?: number | undefined;
  /** Channels of the first layer; every other layer scales with it. Default 64. */
  readonly width?: number | undefined;
  /** Name of the deepest stage to build. Default `"features.43"`. */
  readonly until?: string | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
}

/** Channels of the convolutions of each stride: column D of the paper's table 1. */
export const vgg16Channels = (width: number): number[][] =>
  [
    [1, 1],
    [2, 2],
    [4, 4, 4],
    [8, 8, 8],
    [8, 8, 8],
  ].map((group) => group.map((times) => width * times));

/**
 * The convolutions of VGG-16 with batch norm as in torchvision's `vgg16_bn`: the same weights under the same names
 * (`features.0.weight`, `features.1.running_mean` …; the convolutions have biases there too).
 *
 * Stages are torchvision's numbers, two for each stride: the last ReLU before a pooling and the pooling itself, that is
 * `features.5` (stride 1), `features.6` (2), `features.12` (2), `features.13` (4) … `features.42` (16), `features.43`
 * (32). Pooling drops an odd last row: maps have ⌊side / stride⌋ cells a side.
 *
 * Ref: Simonyan & Zisserman 2014, arXiv:1409.1556; torchvision `vgg.py`.
 * @throws RangeError if `width` is below 1 or `until` is no stage; from `maps` for pictures smaller than the stride
 */
export function vgg16Bn({ inChannels = 3, width = 64, until, seed = 0 }: Vgg16BnConfig = {}): ImageEncoder {
  requireCounts("vgg16Bn", { width });
  return vggOf({ name: "vgg16Bn", inChannels, channels: vgg16Channels(width), until, seed });
}

/** A network built like VGG's. */
export interface VggPlan {
  /** Who speaks in errors. */
  readonly name: string;
  readonly inChannels: number;
  /** Of the convolutions of each stride, in order of depth. */
  readonly channels: readonly (readonly number[])[];
  readonly until?: string | undefined;
  readonly seed: number;
}

/** Convolutions with batch norm and ReLU, and a pooling behind those of each stride, numbered as torchvision does. */
export function vggOf({ name, inChannels, channels, until, seed }: VggPlan): ImageEncoder {
  let [before, index] = [inChannels, 0];
  const stages = channels.flatMap((group, i): StagePlan[] => {
    const plan = { in: before, channels: group, first: index, seed };
    const out = (before = group.at(-1)!);
    index += 3 * group.length + 1;
    return [
      { name: `features.${index - 2}`, channels: out, stride: 2 ** i, build: () => convolutions(plan) },
      {
        name: `features.${index - 1}`,
        channels: out,
        stride: 2 ** (i + 1),
        build: () => maxPool2d({ kernel: 2, stride: 2, padding: 0 }),
      },
    ];
  });
  return encoderOf({ name, inChannels, stages, until });
}

interface GroupPlan {
  readonly in: number;
  /** Of each convolution. */
  readonly channels: readonly number[];
  /** torchvision's number of the first layer. */
  readonly first: number;
  readonly seed: number;
}

/** Convolution, batch norm, ReLU, one after another, numbered on from `first`. */
function convolutions({ in: input, channels, first, seed }: GroupPlan): Layer {
  const numbered = channels.map((out, i): [string, Layer][] => {
    const at = first + 3 * i;
    const conv = conv2d({
      in: i === 0 ? input : channels[i - 1]!,
      out,
      kernel: 3,
      padding: 1,
      init: "heNormalFanOut",
      seed: subSeed(seed, "features", at),
    });
    return [
      [`features.${at}`, conv],
      [`features.${at + 1}`, batchNorm({ channels: out })],
      [`features.${at + 2}`, activation("relu")],
    ];
  });
  return sequential(Object.fromEntries(numbered.flat()));
}
