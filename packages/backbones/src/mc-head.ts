import * as tf from "@tensorflow/tfjs-core";
import {
  activation,
  batchNorm,
  flatten,
  linear,
  matchShapes,
  maxPool2d,
  requireCounts,
  sequential,
  subSeed,
  type Layer,
} from "@fovea/nn";

/** The configuration of `mcHead`. */
export interface McHeadConfig {
  /** Channels of the map. */
  readonly channels: number;
  /** Height of the map, in cells. */
  readonly height: number;
  /** Width of the map, in cells. */
  readonly width: number;
  /** Number of classes. */
  readonly classes: number;
  /** Hidden units between the two linear layers. Default 512. */
  readonly hidden?: number | undefined;
  /** Size of the windows of the max pooling, as one number or [height, width]. Default 2. */
  readonly pool?: number | readonly [number, number] | undefined;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number | undefined;
}

/**
 * The classifier head that is trained together with MC-Loss, from a map [batch, height, width, channels] to logits
 * [batch, classes]:
 *
 *     max pool → flatten → batch norm → linear → batch norm → ELU → linear
 *
 * The authors pool the 14² cells of VGG to 7² (the default) and those of ResNet to one: `pool: 14`. Weights are
 * `norm1`, `fc1`, `norm2` and `fc2`; the inputs of `fc1.weight` are the pooled map cell by cell, channels last.
 *
 * Its batch norms have one value for each channel and image. So in training a batch of one image is an error: drop a
 * last batch of one.
 *
 * Ref: Chang et al. 2020, arXiv:2002.04264, and the authors' code.
 * @throws RangeError for sizes below 1 or a `pool` larger than the map; ShapeError from `forward` for another map
 */
export function mcHead(config: McHeadConfig): Layer {
  const { channels, height, width, classes, hidden = 512, pool = 2, seed = 0 } = config;
  const [poolHeight, poolWidth] = typeof pool === "number" ? [pool, pool] : pool;
  requireCounts("mcHead", { channels, height, width, classes, hidden });
  requireCounts("mcHead", { "pool height": poolHeight, "pool width": poolWidth });
  const dim = channels * Math.floor(height / poolHeight) * Math.floor(width / poolWidth);
  if (dim === 0)
    throw new RangeError(
      `mcHead: \`pool\` must fit into the map's ${height} × ${width} cells, got ${poolHeight} × ${poolWidth}.`,
    );
  const layers = sequential({
    pool: maxPool2d({ kernel: pool }),
    flatten: flatten(),
    norm1: batchNorm({ channels: dim }),
    fc1: linear({ in: dim, out: hidden, seed: subSeed(seed, "fc1") }),
    norm2: batchNorm({ channels: hidden }),
    elu: activation("elu"),
    fc2: linear({ in: hidden, out: classes, seed: subSeed(seed, "fc2") }),
  });
  return {
    ...layers,
    forward: (x, ctx) =>
      tf.tidy(() => {
        matchShapes("mcHead", { x: `batch ${height} ${width} ${channels}` }, { x });
        return layers.forward(x, ctx);
      }),
  };
}
