import * as tf from "@tensorflow/tfjs-core";
import {
  activation,
  batchNorm,
  conv2d,
  joinModules,
  requireCounts,
  scope,
  sequential,
  subSeed,
  type ImageEncoder,
  type Stage,
} from "@fovea/nn";
import { stagesToRun } from "./encoder-of.js";

/** The configuration of `projectedEncoder`. */
export interface ProjectedEncoderConfig {
  /** Channels of the map that is added. */
  readonly channels: number;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number | undefined;
}

const STAGE = "projection";

/**
 * Adds a stage `projection` to an encoder: a 1 × 1 convolution from the last map to a map with `channels` channels,
 *
 *     y = relu(batchNorm(x · weight))
 *
 * with the same stride. Use it for losses that divide the channels of a map among the classes, such as MC-Loss, if a
 * pretrained backbone has fewer channels than there are classes, or if every class should have equally many channels.
 *
 * The batch norm makes the scale of the map, on which a softmax over the cells depends, independent of the backbone. It
 * also prevents that a channel starts as zeros on all images, which may happen without it because all its inputs are ≥
 * 0.
 *
 * The weights of the encoder keep their names; the new ones are `projection.conv.weight`, `projection.norm.weight` and
 * `projection.norm.bias`. The result owns the encoder: `dispose` disposes it, too.
 *
 * @throws RangeError if `channels` is below 1, or the encoder already has a stage `projection`
 */
export function projectedEncoder(encoder: ImageEncoder, { channels, seed = 0 }: ProjectedEncoderConfig): ImageEncoder {
  requireCounts("projectedEncoder", { channels });
  if (encoder.stages.some(({ name }) => name === STAGE))
    throw new RangeError(
      `projectedEncoder: expected an encoder without a stage \`${STAGE}\`; it is projected already.`,
    );
  const trunk = encoder.stages.at(-1)!;
  const stages: readonly [Stage, ...Stage[]] = [...encoder.stages, { name: STAGE, channels, stride: trunk.stride }];
  const layer = sequential({
    conv: conv2d({ in: trunk.channels, out: channels, kernel: 1, bias: false, seed: subSeed(seed, STAGE) }),
    norm: batchNorm({ channels }),
    relu: activation("relu"),
  });

  const maps: ImageEncoder["maps"] = (x, ctx, { take = [STAGE], from } = {}) => {
    stagesToRun("projectedEncoder.maps", stages, take, from);
    return tf.tidy(() => {
      const inner = take.map((name) => (name === STAGE ? trunk.name : name));
      const found =
        from === trunk.name ? take.map(() => x) : encoder.maps(x, ctx, { ...(from && { from }), take: inner });
      const projected = (map: tf.Tensor4D) => {
        const y = layer.forward(map, scope(ctx, STAGE)) as tf.Tensor4D;
        ctx.tap?.(STAGE, y);
        return y;
      };
      return found.map((map, i) => (take[i] === STAGE ? projected(map) : map));
    });
  };

  return {
    ...joinModules({ "": encoder, [STAGE]: layer }),
    stages,
    inChannels: encoder.inChannels,
    dim: channels,
    maps,
    vector: (images, ctx) => tf.tidy(() => tf.mean(maps(images, ctx)[0]!, [1, 2])),
  };
}
