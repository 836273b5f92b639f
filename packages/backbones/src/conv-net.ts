import { activation, batchNorm, conv2d, requireCounts, sequential, subSeed, type ImageEncoder } from "@fovea/nn";
import { encoderOf } from "./encoder-of.js";

/** Plain JSON. */
export interface ConvNetConfig {
  /** Channels of each stage; there are as many stages. */
  readonly channels: readonly number[];
  /** Default 3. */
  readonly inChannels?: number | undefined;
  /** Name of the deepest stage to build. Default: the last one. */
  readonly until?: string | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
}

/**
 * As small as a useful encoder gets, for tests and laptops: in each stage a 3 × 3 convolution of stride 2, batch norm,
 * ReLU. Stages `stage1` (stride 2), `stage2` (4) …, weights `stage1.conv.weight`, `stage1.norm.bias` …; every map has
 * ⌈side / stride⌉ cells a side.
 *
 * @throws RangeError if `channels` is empty, one is below 1, or `until` is no stage
 */
export function convNet({ channels, inChannels = 3, until, seed = 0 }: ConvNetConfig): ImageEncoder {
  if (channels.length === 0)
    throw new RangeError("convNet: `channels` must name the channels of at least one stage, got [].");
  requireCounts("convNet", Object.fromEntries(channels.map((out, i) => [`channels[${i}]`, out])));
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
