import {
  activation,
  batchNorm,
  conv2d,
  globalAveragePool,
  matchShapes,
  maxPool2d,
  requireCounts,
  sequential,
  subSeed,
  type Conv2dConfig,
  type ImageEncoder,
  type Layer,
} from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { AttentionNetwork, FeatureNetwork } from "./picture.js";

/** Plain JSON. */
export interface ConvAttentionConfig {
  /** Of the two hidden layers. Default 8. */
  readonly channels?: number;
  /**
   * Of the three convolutions. A cell is their product of pixels of the view a side: fewer cells to choose among, each
   * seen more of, and in less time. Default [1, 1, 1]: a cell a pixel.
   */
  readonly strides?: readonly [number, number, number];
  /** Default 3. */
  readonly inChannels?: number;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * Three 3 × 3 convolutions with ReLU in between. It has no batch norm: its answer for a view is the same whenever it is
 * asked.
 *
 * Ref: Kong & Henao 2022, arXiv:2106.02694, the authors' code.
 */
export function convAttention(config: ConvAttentionConfig = {}): AttentionNetwork {
  const { channels = 8, strides = [1, 1, 1], inChannels = 3, seed = 0 } = config;
  requireCounts("convAttention", {
    ...{ channels, inChannels },
    ...Object.fromEntries(strides.map((stride, i) => [`strides[${i}]`, stride])),
  });
  const conv = (i: 1 | 2 | 3, from: number, to: number) =>
    conv2d({ in: from, out: to, kernel: 3, stride: strides[i - 1]!, padding: 1, seed: subSeed(seed, i) });
  const layers = sequential({
    conv1: conv(1, inChannels, channels),
    relu1: activation("relu"),
    conv2: conv(2, channels, channels),
    relu2: activation("relu"),
    conv3: conv(3, channels, 1),
  });
  return { ...layers, forward: (views, ctx) => tf.tidy(() => tf.squeeze(layers.forward(views, ctx), [3])) };
}

/** Plain JSON. */
export interface ConvFeaturesConfig {
  /** Of each convolution. Default [36, 48]. */
  readonly channels?: readonly number[];
  /** Side of their kernels. Default 5. */
  readonly kernel?: number;
  /** Default 3. */
  readonly inChannels?: number;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * Convolutions with ReLU, each followed by a 2 × 2 max pool, and the mean of the last map: [batch, height, width,
 * channels] → [batch, dim].
 *
 * Ref: Kong & Henao 2022, arXiv:2106.02694, the authors' code.
 */
export function convFeatures(config: ConvFeaturesConfig = {}): FeatureNetwork {
  const { channels = [36, 48], kernel = 5, inChannels = 3, seed = 0 } = config;
  requireCounts("convFeatures", {
    kernel,
    inChannels,
    ...Object.fromEntries(channels.map((n, i) => [`channels ${i}`, n])),
  });
  const steps = channels.flatMap((out, i): [string, Layer][] => [
    [
      `conv${i + 1}`,
      conv2d({ in: channels[i - 1] ?? inChannels, out, kernel, padding: "same", seed: subSeed(seed, i) }),
    ],
    [`relu${i + 1}`, activation("relu")],
    [`pool${i + 1}`, maxPool2d({ kernel: 2 })],
  ]);
  const layers = sequential(Object.fromEntries(steps));
  return { ...layers, forward: (patches, ctx) => tf.tidy(() => globalAveragePool(layers.forward(patches, ctx))) };
}

/** Plain JSON. */
export interface PatchFeaturesConfig {
  /** Of each stage. Default [32, 64]. */
  readonly channels?: readonly number[];
  /** Length of the vectors. Default 64. */
  readonly dim?: number;
  /** Side of the windows that the first stage cuts a patch into. Each further stage cuts by 2. Default 4. */
  readonly stem?: number;
  /** Default 3. */
  readonly inChannels?: number;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * A network that is quick to train: each stage cuts its map into windows that do not overlap, which is one matrix
 * product, and has one 3 × 3 convolution after it; batch norm throughout, ReLU but for the last; the mean of the last
 * map: [batch, height, width, channels] → [batch, dim]. The vectors are not all on one side of the origin, as they are
 * after a ReLU: of unit length, they would all be nearly the same.
 *
 * Pixels beyond the last whole window are not seen. In training, batch norm makes the vector of a patch depend on the
 * others a little, and so are unbiased estimates unbiased but for that.
 */
export function patchFeatures(config: PatchFeaturesConfig = {}): FeatureNetwork {
  const { channels = [32, 64], dim = 64, stem = 4, inChannels = 3, seed = 0 } = config;
  requireCounts("patchFeatures", {
    ...{ dim, stem, inChannels },
    ...Object.fromEntries(channels.map((n, i) => [`channels ${i}`, n])),
  });
  const step = (name: string, conv: Conv2dConfig): [string, Layer][] => [
    [name, conv2d({ ...conv, bias: false, seed: subSeed(seed, name) })],
    [`${name}-norm`, batchNorm({ channels: conv.out })],
  ];
  const relu = (name: string): [string, Layer] => [`${name}-relu`, activation("relu")];
  const stages = channels.flatMap((out, i) => {
    const [from, side] = i === 0 ? [inChannels, stem] : [channels[i - 1]!, 2];
    return [
      ...step(`cut${i + 1}`, { in: from, out, kernel: side, stride: side, padding: "valid" }),
      relu(`cut${i + 1}`),
      ...step(`conv${i + 1}`, { in: out, out, kernel: 3, padding: 1 }),
      relu(`conv${i + 1}`),
    ];
  });
  const last = step("project", { in: channels.at(-1) ?? inChannels, out: dim, kernel: 1 });
  const layers = sequential(Object.fromEntries([...stages, ...last]));
  return { ...layers, forward: (patches, ctx) => tf.tidy(() => globalAveragePool(layers.forward(patches, ctx))) };
}

/** Any image encoder as a feature network: its vector. */
export const encoderFeatures = (encoder: ImageEncoder): FeatureNetwork => ({
  params: encoder.params,
  buffers: encoder.buffers,
  dispose: () => encoder.dispose(),
  forward: (patches, ctx) => {
    matchShapes("encoderFeatures", { patches: `batch height width ${encoder.inChannels}` }, { patches });
    return encoder.vector(patches, ctx);
  },
});
