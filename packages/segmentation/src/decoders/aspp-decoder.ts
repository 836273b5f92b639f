import {
  adaptiveAveragePool2d,
  dropout as dropoutLayer,
  joinModules,
  matchShapes,
  requireCounts,
  requireRates,
  scope,
  sequential,
  subSeed,
  type Layer,
} from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { convNormRelu, numbered, type Decoder } from "./decoder.js";

/** The configuration of `asppDecoder`. */
export interface AsppDecoderConfig {
  /** Channels of the map that it reads. */
  readonly in: number;
  /** Channels of each branch, and of the features. Default 256. */
  readonly dim?: number | undefined;
  /**
   * Dilations of the 3 × 3 convolutions, in cells. Default [12, 24, 36], for maps of stride 8; use [6, 12, 18] at 16.
   */
  readonly rates?: readonly number[] | undefined;
  /** Dropout rate of the merged branches. Default 0.5. */
  readonly dropout?: number | undefined;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number | undefined;
}

/**
 * Atrous spatial pyramid pooling: each cell sees itself, eight cells around it at each of several distances, and the
 * average of the whole map.
 *
 *     branches = conv1x1(map), conv3x3 of each dilation in `rates`, conv1x1(average of the map)
 *     features = relu(batchNorm(conv3x3(dropout(relu(batchNorm(conv1x1(concat(branches))))))))
 *
 * Each branch, too, ends in a batch norm and a ReLU.
 *
 * torchvision's `DeepLabHead` without its classifier, and with the same names: `0.convs.1.0.weight`,
 * `0.project.1.bias`, `1.weight`, `2.bias` … With 2048 channels it has 16,125,440 weights.
 *
 * Ref: Chen et al. 2017, arXiv:1706.05587; torchvision `deeplabv3.py`.
 * @throws RangeError for channels or rates below 1, or a dropout rate outside [0, 1); from `forward` in training with
 *   one image: the batch norm of the average would see one value
 */
export function asppDecoder(config: AsppDecoderConfig): Decoder {
  const { in: input, dim = 256, rates = [12, 24, 36], dropout = 0.5, seed = 0 } = config;
  requireCounts("asppDecoder", { in: input, dim, rates });
  requireRates("asppDecoder", { dropout });
  const layer = sequential(
    numbered(
      pyramid({ in: input, dim, rates, dropout }, subSeed(seed, "pyramid")),
      ...convNormRelu(dim, dim, 3, subSeed(seed, "merge")),
    ),
  );
  return {
    ...layer,
    in: input,
    dim,
    forward(map, ctx) {
      matchShapes("asppDecoder", { map: `batch rows columns ${input}` }, { map });
      return layer.forward(map, ctx);
    },
  };
}

type PyramidConfig = Required<{
  readonly [K in Exclude<keyof AsppDecoderConfig, "seed">]: NonNullable<AsppDecoderConfig[K]>;
}>;

/** The branches, and the convolution that joins them. */
function pyramid({ in: input, dim, rates, dropout }: PyramidConfig, seed: number): Layer {
  const branch = (place: number, kernel: 1 | 3, dilation = 1) =>
    convNormRelu(input, dim, kernel, subSeed(seed, place), dilation);
  const average = numbered(adaptiveAveragePool2d({ cells: 1 }), ...branch(rates.length + 1, 1));
  const branches = [
    sequential(numbered(...branch(0, 1))),
    ...rates.map((rate, i) => sequential(numbered(...branch(i + 1, 3, rate)))),
    sequential(average),
  ];
  const joined = convNormRelu(branches.length * dim, dim, 1, subSeed(seed, "project"));
  const project = sequential(numbered(...joined, dropoutLayer({ rate: dropout })));
  const named = Object.fromEntries(branches.map((layer, i) => [`convs.${i}`, layer]));
  return {
    ...joinModules({ ...named, project }),
    forward: (map, ctx) =>
      tf.tidy(() => {
        const maps = Object.entries(named).map(([name, layer]) => layer.forward(map, scope(ctx, name)));
        const cells = tf.zeros([1, map.shape[1]!, map.shape[2]!, 1]); // the average, repeated for each of them
        const all = [...maps.slice(0, -1), tf.add(maps.at(-1)!, cells)];
        return project.forward(tf.concat(all, 3), scope(ctx, "project"));
      }),
  };
}
