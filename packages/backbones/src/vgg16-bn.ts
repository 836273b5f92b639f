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
import { encoderOf, type StageSpec } from "./encoder-of.js";

/** The configuration of `vgg16Bn`. */
export interface Vgg16BnConfig {
  /** Channels of the images. Default 3. */
  readonly inChannels?: number | undefined;
  /** Channels of the first layer. All other layers scale with it. Default 64. */
  readonly width?: number | undefined;
  /** Name of the deepest stage to build. Default `"features.43"`. */
  readonly until?: string | undefined;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number | undefined;
}

/** The channels of the convolutions, for each stride: column D of table 1 in the paper. */
export const vgg16Channels = (width: number): number[][] =>
  [
    [1, 1],
    [2, 2],
    [4, 4, 4],
    [8, 8, 8],
    [8, 8, 8],
  ].map((group) => group.map((times) => width * times));

/**
 * The convolutions of VGG-16 with batch norm, with the names of torchvision's `vgg16_bn`
 * (`features.0.weight`, `features.1.running_mean` …; the convolutions have biases there too).
 *
 * Stages are torchvision's numbers, two for each stride: the last ReLU before a pooling and the pooling itself, that is
 * `features.5` (stride 1), `features.6` (2), `features.12` (2), `features.13` (4) … `features.42` (16), `features.43`
 * (32). Pooling drops an odd last row or column: maps have ⌊size / stride⌋ cells along each
 * axis.
 *
 * Ref: Simonyan & Zisserman 2014, arXiv:1409.1556; torchvision `vgg.py`.
 * @throws RangeError if `width` is below 1 or `until` is no stage; from `maps` for images smaller than the stride
 */
export function vgg16Bn({ inChannels = 3, width = 64, until, seed = 0 }: Vgg16BnConfig = {}): ImageEncoder {
  requireCounts("vgg16Bn", { width });
  return vggOf({ name: "vgg16Bn", inChannels, channels: vgg16Channels(width), until, seed });
}

/** The sizes of a network that is built like VGG. */
export interface VggSpec {
  /** The name of the calling function, for error messages. */
  readonly name: string;
  /** Channels of the images. */
  readonly inChannels: number;
  /** The channels of the convolutions, for each stride, in order of depth. */
  readonly channels: readonly (readonly number[])[];
  readonly until?: string | undefined;
  readonly seed: number;
}

/** An encoder that is built like VGG: convolutions with batch norm and ReLU, and a pooling after each group of them. */
export function vggOf({ name, inChannels, channels, until, seed }: VggSpec): ImageEncoder {
  let [before, index] = [inChannels, 0];
  const stages = channels.flatMap((group, i): StageSpec[] => {
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

interface ConvolutionsSpec {
  readonly in: number;
  /** Output channels of each convolution. */
  readonly channels: readonly number[];
  /** The number of the first layer in torchvision. */
  readonly first: number;
  readonly seed: number;
}

/** A sequence of convolutions, each with batch norm and ReLU, numbered from `first` on. */
function convolutions({ in: input, channels, first, seed }: ConvolutionsSpec): Layer {
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
