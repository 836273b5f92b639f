import {
  adaptiveAveragePool2d,
  dropout2d,
  joinModules,
  matchShapes,
  requireCounts,
  requireRates,
  scope,
  sequential,
  subSeed,
  type Context,
  type Layer,
} from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { convOfUpsampled } from "./conv-of-upsampled.js";
import { convNormRelu, numbered, type Decoder } from "./decoder.js";

/** The configuration of `pspDecoder`. */
export interface PspDecoderConfig {
  /** Channels of the map that it reads. */
  readonly in: number;
  /** Channels of the features. Default 512. */
  readonly dim?: number | undefined;
  /** Cells along each axis of the averages, one number for each level of the pyramid. Default [1, 2, 3, 6]. */
  readonly bins?: readonly number[] | undefined;
  /** Rate at which channels of the features are dropped. Default 0.1. */
  readonly dropout?: number | undefined;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number | undefined;
}

/**
 * Pyramid pooling: each cell sees averages of the map over ever smaller parts, from all of it to a sixth of each side.
 *
 *     level_b  = upsample(relu(batchNorm(conv1x1(average of b × b cells))))     in / levels channels each
 *     features = dropout2d(relu(batchNorm(conv3x3(concat(map, level_1, level_2, level_3, level_6)))))
 *
 * Averages are PyTorch's `AdaptiveAvgPool2d`; levels are upsampled bilinearly with corners aligned. The convolution is
 * computed of their few cells, see `convOfUpsampled`, with the same result up to rounding. Names of weights
 * are those of semseg's `PSPNet`: `ppm.features.0.1.weight` of the pyramid, and `0.weight`, `1.bias` … of what follows,
 * which are `cls.0.weight` and `cls.1.bias` there. Without the classifier, and with 2048 channels, it has 23,073,792
 * weights.
 *
 * Ref: Zhao et al. 2017, arXiv:1612.01105; semseg `pspnet.py`.
 * @throws RangeError for channels or bins below 1, fewer channels than bins, or a rate outside [0, 1); from `forward`
 *   in training with one image and a bin of 1, whose batch norm would see one value
 */
export function pspDecoder(config: PspDecoderConfig): Decoder {
  const { in: input, dim = 512, bins = [1, 2, 3, 6], dropout = 0.1, seed = 0 } = config;
  requireCounts("pspDecoder", { in: input, dim, bins });
  requireRates("pspDecoder", { dropout });
  if (bins.length === 0 || bins.length > input)
    throw new RangeError(
      `pspDecoder: \`bins\` must hold 1 to ${input} numbers, as there are channels, got ${bins.length}.`,
    );
  const channels = Math.floor(input / bins.length);
  const levels = bins.map((cells, i) => level(input, channels, cells, subSeed(seed, "ppm", i)));
  const [conv, norm, relu] = convNormRelu(input + bins.length * channels, dim, 3, subSeed(seed, "merge"));
  const rest = sequential({ 1: norm, 2: relu, 3: dropout2d({ rate: dropout }) });
  const named = Object.fromEntries(levels.map((layer, i) => [`ppm.features.${i}`, layer]));
  return {
    ...joinModules({ 0: conv, "": rest, ...named }),
    in: input,
    dim,
    forward: (map, ctx) =>
      tf.tidy(() => {
        matchShapes("pspDecoder", { map: `batch rows columns ${input}` }, { map });
        return rest.forward(merged(map as tf.Tensor4D, levelsOf(map, named, ctx), conv.params["weight"]!), ctx);
      }),
  };
}

/** One level of the pyramid, before it is upsampled. */
const level = (input: number, out: number, cells: number, seed: number): Layer =>
  sequential(numbered(adaptiveAveragePool2d({ cells }), ...convNormRelu(input, out, 1, seed)));

const levelsOf = (map: tf.Tensor, named: Readonly<Record<string, Layer>>, ctx: Context): tf.Tensor4D[] =>
  Object.entries(named).map(([name, layer]) => layer.forward(map, scope(ctx, name)) as tf.Tensor4D);

/** The convolution of the map and the upsampled levels, concatenated: the part of each is computed apart. */
function merged(map: tf.Tensor4D, levels: readonly tf.Tensor4D[], weight: tf.Tensor): tf.Tensor4D {
  const [own, ...weights] = tf.split(weight, [map.shape[3], ...levels.map(({ shape }) => shape[3])], 2);
  const pyramid = levels.map((level, i) => ({ map: level, weight: weights[i]! }));
  const [, rows, columns] = map.shape;
  return tf.add(tf.conv2d(map, own as tf.Tensor4D, 1, "same"), convOfUpsampled(pyramid, rows, columns));
}
