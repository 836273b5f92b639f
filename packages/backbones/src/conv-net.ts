import { activation, batchNorm, conv2d, requireCounts, sequential, subSeed, type ImageEncoder } from "@fovea/nn";
import { encoderOf } from "./encoder-of.js";

/** The configuration of `convNet`. */
export interface ConvNetConfig {
  /** Channels of each stage, one number for each stage. */
  readonly channels: readonly number[];
  /** Channels of the images. Default 3. */
  readonly inChannels?: number | undefined;
  /** Name of the deepest stage to build. Default: the last stage. */
  readonly until?: string | undefined;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number | undefined;
}

/**
 * A very small encoder, for tests and laptops. Each stage is a 3 × 3 convolution of stride 2, batch norm and ReLU.
 * Stages `stage1` (stride 2), `stage2` (4) …, weights `stage1.conv.weight`, `stage1.norm.bias` …; every map has ⌈size /
 * stride⌉ cells along each axis.
 *
 * @throws RangeError if `channels` is empty, one is below 1, or `until` is no stage
 */
export function convNet({ channels, inChannels = 3, until, seed = 0 }: ConvNetConfig): ImageEncoder {
  if (channels.length === 0)
    throw new RangeError("convNet: `channels` must name the channels of at least one stage, got [].");
  requireCounts("convNet", { channels });
  const stages = channels.map((out, i) => {
    const name = `stage${i + 1}`;
    const conv = () =>
      conv2d({
        in: i === 0 ? inChannels : channels[i - 1]!,
        out,
        kernel: 3,
        stride: 2,
        padding: 1,
        bias: false,
        seed: subSeed(seed, name),
      });
    const build = () =>
      sequential({
        [name]: sequential({ conv: conv(), norm: batchNorm({ channels: out }), relu: activation("relu") }),
      });
    return { name, channels: out, stride: 2 ** (i + 1), build };
  });
  return encoderOf({ name: "convNet", inChannels, stages, until });
}
