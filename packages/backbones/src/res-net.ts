import {
  activation,
  batchNorm,
  conv2d,
  maxPool2d,
  requireCounts,
  sequential,
  subSeed,
  type ImageEncoder,
} from "@fovea/nn";
import { encoderOf, type StagePlan } from "./encoder-of.js";
import { residualBlock, type BlockConfig } from "./residual-block.js";

/** Plain JSON. */
export interface ResNetConfig {
  readonly depth: 18 | 34 | 50;
  /** Default 3. */
  readonly inChannels?: number | undefined;
  /** Input pixels per cell of the last map; strides that would go beyond it become dilations. Default 32. */
  readonly outputStride?: 8 | 16 | 32 | undefined;
  /** Channels of the stem; every other layer scales with it. Default 64. */
  readonly width?: number | undefined;
  /** Name of the deepest stage to build. Default `"layer4"`. */
  readonly until?: string | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
}

/** Blocks in each of the four layers, and what a block multiplies its channels by: table 1 of the paper. */
const VARIANTS = {
  18: { blocks: [2, 2, 2, 2], expansion: 1 },
  34: { blocks: [3, 4, 6, 3], expansion: 1 },
  50: { blocks: [3, 4, 6, 3], expansion: 4 },
} as const;

/**
 * ResNet as in torchvision: the same weights under the same names (`conv1.weight`, `layer1.0.bn2.running_mean`,
 * `layer2.0.downsample.0.weight`), symmetric padding, the stride of a bottleneck in its 3 × 3 convolution ("v1.5").
 *
 * Stages: `relu` (stride 2), `maxpool` (4), `layer1` (4), `layer2` (8), `layer3` (16), `layer4` (32); every map has
 * ⌈side / stride⌉ cells a side. With `outputStride` the deeper layers keep that stride and dilate instead, as by
 * torchvision's `replace_stride_with_dilation` and timm's `output_stride`: outside of training, the map at stride 32 is
 * then every fourth cell of the map at stride 8, with the same weights.
 *
 * Ref: He et al. 2015, arXiv:1512.03385; torchvision `resnet.py`; dilation: Yu et al. 2017, arXiv:1705.09914.
 * @throws RangeError for a `depth`, `outputStride` or `until` there is not, or a `width` below 1
 */
export function resNet(config: ResNetConfig): ImageEncoder {
  const { depth, inChannels = 3, outputStride = 32, width = 64, until, seed = 0 } = config;
  requireSizes({ depth, outputStride, width });
  const { expansion } = VARIANTS[depth];
  const layers = resNetLayers({ depth, outputStride, width });
  return resNetOf({ name: "resNet", inChannels, width, expansion, layers, until, seed });
}

type Sizes = Required<Pick<ResNetConfig, "depth">> & {
  readonly outputStride: number;
  readonly width: number;
};

function requireSizes({ depth, outputStride, width }: Sizes): void {
  if (!(depth in VARIANTS)) throw new RangeError(`resNet: \`depth\` must be 18, 34 or 50, got ${String(depth)}.`);
  if (![8, 16, 32].includes(outputStride))
    throw new RangeError(`resNet: \`outputStride\` must be 8, 16 or 32, got ${String(outputStride)}.`);
  requireCounts("resNet", { width });
}

/** One of the four layers. */
export interface LayerPlan extends Pick<BlockConfig, "planes" | "stride" | "firstDilation" | "dilation"> {
  readonly blocks: number;
}

/** `layer1` … `layer4` as published, with dilation instead of stride beyond `outputStride`. */
export function resNetLayers({ depth, outputStride, width }: Sizes): LayerPlan[] {
  let [reached, dilation] = [4, 1];
  return VARIANTS[depth].blocks.map((blocks, i) => {
    const wanted = i === 0 ? 1 : 2;
    const stride = reached * wanted > outputStride ? 1 : wanted;
    const firstDilation = dilation;
    reached *= stride;
    dilation *= wanted / stride;
    return { blocks, planes: width * 2 ** i, stride, firstDilation, dilation };
  });
}

/** A network built like ResNet. */
export interface ResNetPlan extends Pick<BlockConfig, "expansion" | "seed"> {
  /** Who speaks in errors. */
  readonly name: string;
  readonly inChannels: number;
  /** Channels of the stem. */
  readonly width: number;
  readonly layers: readonly LayerPlan[];
  readonly until?: string | undefined;
}

/** The stem and its layers, named as torchvision does. */
export function resNetOf({ name, inChannels, width, expansion, layers, until, seed }: ResNetPlan): ImageEncoder {
  const stem = () => ({
    conv1: conv2d({
      in: inChannels,
      out: width,
      kernel: 7,
      stride: 2,
      padding: 3,
      bias: false,
      init: "heNormalFanOut",
      seed: subSeed(seed, "conv1"),
    }),
    bn1: batchNorm({ channels: width }),
    relu: activation("relu"),
  });
  let [channels, reached] = [width, 4];
  const layerStages = layers.map(({ blocks, ...layer }, i): StagePlan => {
    const name = `layer${i + 1}`;
    const first = { ...layer, in: channels, expansion };
    channels = layer.planes * expansion;
    reached *= layer.stride;
    const rest = { ...first, in: channels, stride: 1, firstDilation: layer.dilation };
    const build = () => sequential({ [name]: blocksOf(blocks, first, rest, subSeed(seed, name)) });
    return { name, channels, stride: reached, build };
  });
  const stages: StagePlan[] = [
    { name: "relu", channels: width, stride: 2, build: () => sequential(stem()) },
    { name: "maxpool", channels: width, stride: 4, build: () => maxPool2d({ kernel: 3, stride: 2, padding: 1 }) },
    ...layerStages,
  ];
  return encoderOf({ name, inChannels, stages, until });
}

type Block = Omit<BlockConfig, "seed">;

/** Blocks `0`, `1` …, the first of which may change the shape. */
const blocksOf = (count: number, first: Block, rest: Block, seed: number) =>
  sequential(
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [
        i,
        residualBlock({ ...(i === 0 ? first : rest), seed: subSeed(seed, i) }),
      ]),
    ),
  );
