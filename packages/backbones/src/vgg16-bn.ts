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

const resolveVgg16Bn = ({ inChannels = 3, width = 64, until, seed = 0 }: Vgg16BnConfig) => ({
  inChannels,
  width,
  until,
  seed,
});

/** Convolutions of each stride and their channels, in widths: column D of the paper's table 1. */
const GROUPS = [
  { repeat: 2, times: 1 },
  { repeat: 2, times: 2 },
  { repeat: 3, times: 4 },
  { repeat: 3, times: 8 },
  { repeat: 3, times: 8 },
] as const;

/**
 * The convolutions of VGG-16 with batch norm as in torchvision's `vgg16_bn`: the same weights under the same names
 * (`features.0.weight`, `features.1.running_mean` …; the convolutions have biases there too).
 *
 * Stages are torchvision's numbers, two for each stride: the last ReLU before a pooling and the pooling itself, that is
 * `features.5` (stride 1), `features.6` (2), `features.12` (2), `features.13` (4) … `features.42` (16), `features.43` (32).
 * Pooling drops an odd last row: maps have ⌊side / stride⌋ cells a side.
 *
 * Ref: Simonyan & Zisserman 2014, arXiv:1409.1556; torchvision `vgg.py`.
 * @throws RangeError if `width` is below 1 or `until` is no stage; from `maps` for pictures smaller than the stride
 */
export function vgg16Bn(config: Vgg16BnConfig = {}): ImageEncoder {
  const { inChannels, width, until, seed } = resolveVgg16Bn(config);
  requireCounts("vgg16Bn", { width });
  let [channels, index] = [inChannels, 0];
  const stages = GROUPS.flatMap(({ repeat, times }, i): StagePlan[] => {
    const group = { in: channels, out: width * times, repeat, first: index, seed };
    channels = group.out;
    index += 3 * repeat + 1;
    return [
      { name: `features.${index - 2}`, channels, stride: 2 ** i, build: () => convolutions(group) },
      {
        name: `features.${index - 1}`,
        channels,
        stride: 2 ** (i + 1),
        build: () => maxPool2d({ kernel: 2, stride: 2, padding: 0 }),
      },
    ];
  });
  return encoderOf({ name: "vgg16Bn", inChannels, stages, until });
}

interface Group {
  readonly in: number;
  readonly out: number;
  readonly repeat: number;
  /** torchvision's number of the first layer. */
  readonly first: number;
  readonly seed: number;
}

/** Convolution, batch norm, ReLU, `repeat` times, numbered on from `first`. */
function convolutions({ in: input, out, repeat, first, seed }: Group): Layer {
  const numbered = Array.from({ length: repeat }, (_, i): [string, Layer][] => {
    const at = first + 3 * i;
    const conv = conv2d({
      in: i === 0 ? input : out,
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
