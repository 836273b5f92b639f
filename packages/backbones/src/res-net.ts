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
import { encoderOf, type StageSpec } from "./encoder-of.js";
import { requireOutputStride } from "./output-stride.js";
import { residualBlock, type BlockConfig } from "./residual-block.js";

/** The configuration of `resNet`. */
export interface ResNetConfig {
  /** Number of layers: 18, 34 or 50. */
  readonly depth: 18 | 34 | 50;
  /** Channels of the images. Default 3. */
  readonly inChannels?: number | undefined;
  /** The largest stride. Deeper layers are dilated instead. 8, 16 or 32. Default 32. */
  readonly outputStride?: 8 | 16 | 32 | undefined;
  /** Channels of the stem. All other layers scale with it. Default 64. */
  readonly width?: number | undefined;
  /** Name of the deepest stage to build. Default `"layer4"`. */
  readonly until?: string | undefined;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number | undefined;
}

/**
 * The number of blocks in each of the four layers, and the expansion of the channels in a block: table 1 of the paper.
 */
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
 * ⌈size / stride⌉ cells along each axis. With `outputStride` the deeper layers keep that stride and are dilated
 * instead, as with torchvision's `replace_stride_with_dilation` and timm's `output_stride`: outside of training, the
 * map at stride 32 is then every fourth cell of the map at stride 8, with the same weights.
 *
 * Ref: He et al. 2015, arXiv:1512.03385; torchvision `resnet.py`; dilation: Yu et al. 2017, arXiv:1705.09914.
 * @throws RangeError for a `depth`, `outputStride` or `until` that does not exist, or a `width` below 1
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
  requireOutputStride("resNet", outputStride);
  requireCounts("resNet", { width });
}

/** One of the four layers of a ResNet. */
export interface ResNetLayerSpec extends Pick<BlockConfig, "planes" | "stride" | "firstDilation" | "dilation"> {
  /** Number of residual blocks. */
  readonly blocks: number;
}

/** The layers `layer1` … `layer4` as published, with dilation instead of strides greater than `outputStride`. */
export function resNetLayers({ depth, outputStride, width }: Sizes): ResNetLayerSpec[] {
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

/** The sizes of a network that is built like a ResNet. */
export interface ResNetSpec extends Pick<BlockConfig, "expansion" | "seed"> {
  /** The name of the calling function, for error messages. */
  readonly name: string;
  /** Channels of the images. */
  readonly inChannels: number;
  /** Channels of the stem. */
  readonly width: number;
  readonly layers: readonly ResNetLayerSpec[];
  readonly until?: string | undefined;
}

/** An encoder that is built like a ResNet: stem and layers, with torchvision's names. */
export function resNetOf({ name, inChannels, width, expansion, layers, until, seed }: ResNetSpec): ImageEncoder {
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
  const layerStages = layers.map(({ blocks, ...layer }, i): StageSpec => {
    const name = `layer${i + 1}`;
    const first = { ...layer, in: channels, expansion };
    channels = layer.planes * expansion;
    reached *= layer.stride;
    const rest = { ...first, in: channels, stride: 1, firstDilation: layer.dilation };
    const build = () => sequential({ [name]: blocksOf(blocks, first, rest, subSeed(seed, name)) });
    return { name, channels, stride: reached, build };
  });
  const stages: StageSpec[] = [
    { name: "relu", channels: width, stride: 2, build: () => sequential(stem()) },
    { name: "maxpool", channels: width, stride: 4, build: () => maxPool2d({ kernel: 3, stride: 2, padding: 1 }) },
    ...layerStages,
  ];
  return encoderOf({ name, inChannels, stages, until });
}

type Block = Omit<BlockConfig, "seed">;

/** Residual blocks named `0`, `1` … The first one may change the shape. */
const blocksOf = (count: number, first: Block, rest: Block, seed: number) =>
  sequential(
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [
        i,
        residualBlock({ ...(i === 0 ? first : rest), seed: subSeed(seed, i) }),
      ]),
    ),
  );
