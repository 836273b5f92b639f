import * as tf from "@tensorflow/tfjs-core";
import {
  activation,
  batchNorm,
  conv2d,
  depthwiseConv2d,
  pointwiseBatchNorm,
  requireOneOf,
  sequential,
  subSeed,
  type ImageEncoder,
  type Layer,
} from "@fovea/nn";
import { encoderOf, type StageSpec } from "./encoder-of.js";
import { requireOutputStride } from "./output-stride.js";
import { kerasKey, torchvisionKey, withKeys, type KeyOf } from "./mobile-net-keys.js";

/** The configuration of `mobileNetV2`. */
export interface MobileNetV2Config {
  /**
   * The library whose weights fit, "keras" or "torchvision". Their networks differ in names, padding and batch norm.
   * Default "keras".
   */
  readonly variant?: "keras" | "torchvision" | undefined;
  /** Multiplier of the channels of every layer. Default 1. */
  readonly alpha?: number | undefined;
  /** Channels of the images. Default 3. */
  readonly inChannels?: number | undefined;
  /** The largest stride. Deeper layers are dilated instead. 8, 16 or 32. Default 32. */
  readonly outputStride?: 8 | 16 | 32 | undefined;
  /** Name of the deepest stage to build, e.g. `"block_13_expand_relu"`. Default `"out_relu"`. */
  readonly until?: string | undefined;
  /**
   * Weight of a new batch in the running statistics. Default: 0.001 for Keras (which writes 0.999, the weight of the
   * old statistics), and 0.1 for torchvision. Use 0.1 for a short training from scratch.
   */
  readonly momentum?: number | undefined;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number | undefined;
}

interface Variant {
  readonly keyOf: KeyOf;
  /** Padding of the 3 × 3 convolutions without dilation. */
  readonly padding: "same" | 1;
  readonly epsilon: number;
  readonly momentum: number;
  /** Rounds the channels of a block, before they are made a multiple of 8. */
  readonly round: (channels: number) => number;
}

const VARIANTS: Readonly<Record<NonNullable<MobileNetV2Config["variant"]>, Variant>> = {
  keras: { keyOf: kerasKey, padding: "same", epsilon: 1e-3, momentum: 0.001, round: Math.trunc },
  torchvision: { keyOf: torchvisionKey, padding: 1, epsilon: 1e-5, momentum: 0.1, round: (channels) => channels },
};

/** Output channels at alpha 1, stride and expansion of each block: table 2 of the paper, row by row. */
const BLOCKS = [
  { channels: 16, stride: 1, expansion: 1, repeat: 1 },
  { channels: 24, stride: 2, expansion: 6, repeat: 2 },
  { channels: 32, stride: 2, expansion: 6, repeat: 3 },
  { channels: 64, stride: 2, expansion: 6, repeat: 4 },
  { channels: 96, stride: 1, expansion: 6, repeat: 3 },
  { channels: 160, stride: 2, expansion: 6, repeat: 3 },
  { channels: 320, stride: 1, expansion: 6, repeat: 1 },
].flatMap(({ repeat, stride, ...block }) =>
  Array.from({ length: repeat }, (_, i) => ({ ...block, stride: i === 0 ? stride : 1 })),
);

/**
 * MobileNetV2 as in Keras applications or, with `variant`, as in torchvision: the same names of weights, the same
 * padding.
 *
 * | | `keras` | `torchvision` |
 * | --- | --- | --- |
 * | names | `Conv1/kernel`, `block_1_project/kernel` | `features.0.0.weight`, `features.2.conv.2.weight` |
 * | padding before stride 2 | (0, 1) for an even size, (1, 1) for an odd one: `"same"` | 1 on all sides |
 * | batch norms | epsilon 1e-3, momentum 0.001 | epsilon 1e-5, momentum 0.1 |
 *
 * Every map has ⌈size / stride⌉ cells along each axis. torchvision's head is
 * `classifier(encoder, { classes: 1000, keys: { weight: "classifier.1.weight", bias: "classifier.1.bias" } })`.
 *
 * Stages have Keras' names in both, in order: `Conv1_relu`; the last layer of each block (`block_2_add`, or
 * `block_1_project_BN` where there is no shortcut); before that, for each block of stride 2, `block_N_expand_relu`,
 * the deepest map of the finer stride; `out_relu`. At a small `alpha` the rounding of channels gives more blocks a
 * shortcut, in Keras and here.
 *
 * With `outputStride` the deeper blocks keep that stride and are dilated instead, with the same weights, names and
 * shortcuts. Outside of training, the map at stride 32 is then every second or fourth cell of the map at stride 16 or 8
 * (from cell 0; with Keras' padding from cell 1 or 3, if all sides are even).
 *
 * Ref: Sandler et al. 2018, arXiv:1801.04381; keras-applications 1.0.8, `mobilenet_v2.py`; torchvision,
 * `mobilenetv2.py`; dilation: section 6.3 of the paper, as in DeepLab.
 * @throws RangeError if `alpha` is not positive, or for an unknown `variant`, `outputStride` or `until`
 */
export function mobileNetV2(config: MobileNetV2Config = {}): ImageEncoder {
  const { variant: name = "keras", alpha = 1, inChannels = 3, outputStride = 32, until, seed = 0 } = config;
  requireOneOf("mobileNetV2", { variant: name }, Object.keys(VARIANTS));
  if (!(alpha > 0)) throw new RangeError(`mobileNetV2: \`alpha\` must be positive, got ${alpha}.`);
  requireOutputStride("mobileNetV2", outputStride);
  const variant = VARIANTS[name];
  const parts = partsOf({ ...variant, momentum: config.momentum ?? variant.momentum }, seed);
  const first = divisible(32 * alpha);
  const stages: StageSpec[] = [
    {
      name: "Conv1_relu",
      channels: first,
      stride: 2,
      build: () => parts.named(sequential(parts.stem(inChannels, first))),
    },
  ];
  let [channels, stride, dilation] = [first, 2, 1];
  BLOCKS.forEach((block, i) => {
    const out = divisible(variant.round(block.channels * alpha));
    const step = stride * block.stride > outputStride ? 1 : block.stride;
    stages.push(...blockStages(parts, i, { ...block, in: channels, out, before: stride, step, dilation }));
    channels = out;
    stride *= step;
    dilation *= block.stride / step;
  });
  const dim = alpha > 1 ? divisible(1280 * alpha) : 1280;
  stages.push({
    name: "out_relu",
    channels: dim,
    stride,
    build: () => parts.named(sequential(parts.top(channels, dim))),
  });
  return encoderOf({ name: "mobileNetV2", inChannels, stages, until });
}

interface Block {
  readonly in: number;
  readonly out: number;
  /** Stride of the block in the published network. */
  readonly stride: number;
  readonly expansion: number;
  /** Stride of the input of the block. */
  readonly before: number;
  /** Stride of the depthwise convolution: `stride`, or 1 where dilation comes after it instead. */
  readonly step: number;
  /** Dilation of the depthwise convolution, which strides that were left out before it have caused. */
  readonly dilation: number;
}

/** Expand, filter each channel, project; one stage, or two where the stride changes in between. */
function blockStages(
  parts: Parts,
  index: number,
  { in: channels, out, stride, expansion, before, step, dilation }: Block,
): StageSpec[] {
  const prefix = index === 0 ? "expanded_conv_" : `block_${index}_`;
  const hidden = expansion * channels;
  const expand = () => (index === 0 ? {} : parts.expand(prefix, channels, hidden));
  const reduce = () => parts.reduce(prefix, { hidden, out, step, dilation });
  const stage = (name: string, channels: number, stride: number, build: () => Layer): StageSpec => ({
    name: prefix + name,
    channels,
    stride,
    build: () => parts.named(build()),
  });
  if (stride > 1)
    return [
      stage("expand_relu", hidden, before, () => sequential(expand())),
      stage("project_BN", out, before * step, () => sequential(reduce())),
    ];
  const block = () => sequential({ ...expand(), ...reduce() });
  return channels === out
    ? [stage("add", out, before, () => residual(block()))]
    : [stage("project_BN", out, before, block)];
}

type Parts = ReturnType<typeof partsOf>;

/** The second half of a block: the depthwise convolution and the projection. */
interface Reduction extends Pick<Block, "out" | "step" | "dilation"> {
  /** Channels of the depthwise convolution. */
  readonly hidden: number;
}

/**
 * The layers of each part under Keras' names (of a 1 × 1 convolution with its norm: the convolution's), and `named`,
 * which puts their weights under the variant's.
 */
function partsOf({ keyOf, padding, epsilon, momentum }: Variant, seed: number) {
  const pointwise = (name: string, input: number, out: number) =>
    pointwiseBatchNorm({ in: input, out, epsilon, momentum, seed: subSeed(seed, name) });
  const depthwise = (name: string, channels: number, stride: number, dilation: number) => {
    const around = padding === 1 ? dilation : padding;
    const size = { channels, kernel: 3, stride, dilation, padding: around, bias: false } as const;
    return depthwiseConv2d({ ...size, seed: subSeed(seed, name) });
  };
  const norm = (channels: number) => batchNorm({ channels, epsilon, momentum });
  const relu6 = () => activation("relu6");
  return {
    named: (layer: Layer) => withKeys(layer, (key) => keyOf(kerasLayer(key))),
    stem: (input: number, out: number) => ({
      Conv1: conv2d({ in: input, out, kernel: 3, stride: 2, padding, bias: false, seed: subSeed(seed, "Conv1") }),
      bn_Conv1: norm(out),
      Conv1_relu: relu6(),
    }),
    expand: (prefix: string, input: number, hidden: number) => ({
      [`${prefix}expand`]: pointwise(`${prefix}expand`, input, hidden),
      [`${prefix}expand_relu`]: relu6(),
    }),
    reduce: (prefix: string, { hidden, out, step, dilation }: Reduction) => ({
      [`${prefix}depthwise`]: depthwise(`${prefix}depthwise`, hidden, step, dilation),
      [`${prefix}depthwise_BN`]: norm(hidden),
      [`${prefix}depthwise_relu`]: relu6(),
      [`${prefix}project`]: pointwise(`${prefix}project`, hidden, out),
    }),
    top: (input: number, out: number) => ({
      Conv_1: pointwise("Conv_1", input, out),
      out_relu: relu6(),
    }),
  };
}

/**
 * Keras names a 1 × 1 convolution and its norm apart: `Conv_1.norm.bias` → `Conv_1_bn.bias`,
 * `block_1_expand.conv.weight` → `block_1_expand.weight`
 */
const kerasLayer = (key: string): string =>
  key
    .replace(".conv.", ".")
    .replace(/^Conv_1\.norm\./, "Conv_1_bn.")
    .replace(".norm.", "_BN.");

/** A residual connection: y = x + layer(x). */
const residual = (layer: Layer): Layer => ({
  ...layer,
  forward: (x, ctx) => tf.tidy(() => tf.add(x, layer.forward(x, ctx))),
});

/** The multiple of 8 nearest to `channels`, at least 8 and not below nine tenths of it (Keras' `_make_divisible`). */
function divisible(channels: number): number {
  const rounded = Math.max(8, 8 * Math.floor((channels + 4) / 8));
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}
