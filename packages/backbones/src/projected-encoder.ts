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
import { route } from "./encoder-of.js";

/** Plain JSON. */
export interface ProjectedEncoderConfig {
  /** Of the map it adds. */
  readonly channels: number;
  /** Default 0. */
  readonly seed?: number | undefined;
}

const STAGE = "projection";

/**
 * An encoder with one more stage: `projection` mixes the channels of each cell of the last map into `channels` new
 * ones,
 *
 *     y = relu(batchNorm(x · weight))
 *
 * and has the stride of the map it reads. For losses that divide the channels of a map among the classes, such as
 * MC-Loss: a pretrained trunk with fewer channels than classes needs it, and it gives every class the same number.
 *
 * The norm gives the map one scale whatever the trunk's is, which a softmax over the cells depends on, and lets no
 * channel start as zeros on every picture, as may happen without it where all that it mixes is positive.
 *
 * Its weights are the encoder's, under their own names, and `projection.conv.weight`, `projection.norm.weight` and
 * `projection.norm.bias`. Takes the encoder over: `dispose` disposes it.
 *
 * @throws RangeError if `channels` is below 1, or the encoder has a stage `projection` already
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
    route("projectedEncoder.maps", stages, take, from);
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
