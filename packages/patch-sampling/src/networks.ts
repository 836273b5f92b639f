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
import type { AttentionNetwork, FeatureNetwork } from "./contracts.js";

/** What `convAttention` is made from. Plain JSON. */
export interface ConvAttentionConfig {
  /** Channels of the two hidden layers. Default 8. */
  readonly channels?: number;
  /**
   * Strides of the three convolutions. A cell is as many pixels of the view wide and high as their product. Larger
   * strides make fewer cells, each with more around it, in less time. Default [1, 1, 1]: one cell a pixel.
   */
  readonly strides?: readonly [number, number, number];
  /** Channels of the input. Default 3. */
  readonly inChannels?: number;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
}

/**
 * An attention network of three 3 × 3 convolutions with ReLU in between. It has no batch norm, so it returns the same
 * numbers whenever it is given the same view.
 *
 * Ref: Kong & Henao 2022, arXiv:2106.02694, the authors' code.
 */
export function convAttention(config: ConvAttentionConfig = {}): AttentionNetwork {
  const { channels = 8, strides = [1, 1, 1], inChannels = 3, seed = 0 } = config;
  requireCounts("convAttention", { channels, inChannels, strides });
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

/** What `convFeatures` is made from. Plain JSON. */
export interface ConvFeaturesConfig {
  /** Output channels of each convolution. Default [36, 48]. */
  readonly channels?: readonly number[];
  /** Height and width of the kernels. Default 5. */
  readonly kernel?: number;
  /** Channels of the input. Default 3. */
  readonly inChannels?: number;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
}

/**
 * A feature network of convolutions with ReLU, each followed by a 2 × 2 max pool, and the mean of the last map:
 * [batch, height, width, channels] → [batch, dim].
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

/** What `patchFeatures` is made from. Plain JSON. */
export interface PatchFeaturesConfig {
  /** Output channels of each stage. Default [32, 64]. */
  readonly channels?: readonly number[];
  /** Length of the vectors. Default 64. */
  readonly dim?: number;
  /** Height and width of the windows that the first stage cuts a patch into. Later stages cut by 2. Default 4. */
  readonly stem?: number;
  /** Channels of the input. Default 3. */
  readonly inChannels?: number;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
}

/**
 * A feature network that is quick to train: [batch, height, width, channels] → [batch, dim]. Each stage cuts its map
 * into windows that do not overlap, which is one matrix product, and then has one 3 × 3 convolution. Each convolution
 * is followed by batch norm and ReLU. The last layer has no ReLU: after one, all vectors lie on one side of the origin,
 * and at length 1 they would be nearly the same. The result is the mean of the last map.
 *
 * Pixels beyond the last full window are ignored. In training, batch norm makes the vector of a patch depend a little
 * on the other patches, and so the estimate has a small bias.
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

/** Makes a feature network of an image encoder: the features of a patch are the encoder's vector. */
export const encoderFeatures = (encoder: ImageEncoder): FeatureNetwork => ({
  params: encoder.params,
  buffers: encoder.buffers,
  dispose: () => encoder.dispose(),
  forward: (patches, ctx) => {
    matchShapes("encoderFeatures", { patches: `batch height width ${encoder.inChannels}` }, { patches });
    return encoder.vector(patches, ctx);
  },
});
