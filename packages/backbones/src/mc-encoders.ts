import { requireCounts, type ImageEncoder } from "@fovea/nn";
import { resNetLayers, resNetOf } from "./res-net.js";
import { vgg16Channels, vggOf } from "./vgg16-bn.js";

/** The configuration of `mcVgg16` and `mcResNet18`. */
export interface McEncoderConfig {
  /** Number of classes. */
  readonly classes: number;
  /** Number of channels of the last map for each class. Default 3. */
  readonly channelsPerClass?: number | undefined;
  /** Channels of the images. Default 3. */
  readonly inChannels?: number | undefined;
  /** Channels of the first layer. All other layers scale with it, except the last ones. Default 64. */
  readonly width?: number | undefined;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number | undefined;
}

function sizesOf(
  who: string,
  { classes, channelsPerClass = 3, inChannels = 3, width = 64, seed = 0 }: McEncoderConfig,
) {
  requireCounts(who, { classes, channelsPerClass, width });
  return { channels: channelsPerClass * classes, inChannels, width, seed };
}

/**
 * VGG-16 with batch norm for training with MC-Loss from scratch: the last convolutions of the two deepest blocks have
 * `channelsPerClass · classes` channels, and the last pooling is left out, so that images of 224² give maps of 14².
 *
 * Stages and weights have the names of `vgg16Bn`; the last stage is `features.42` (stride 16), after a ReLU.
 *
 * Ref: Chang et al. 2020, arXiv:2002.04264, and the authors' `CUB-200-2011.py`.
 * @throws RangeError for sizes below 1; from `maps` for images smaller than the stride
 */
export function mcVgg16(config: McEncoderConfig): ImageEncoder {
  const { channels, inChannels, width, seed } = sizesOf("mcVgg16", config);
  const groups = vgg16Channels(width).map((group, i) => (i < 3 ? group : [...group.slice(0, -1), channels]));
  return vggOf({ name: "mcVgg16", inChannels, channels: groups, until: "features.42", seed });
}

/**
 * ResNet-18 for training with MC-Loss from scratch: `layer4` has `channelsPerClass · classes` channels and stride 1,
 * without dilation, so that images of 224² give maps of 14². A baseline without MC-Loss has the channels of
 * `resNet({ depth: 18 })`.
 *
 * Stages and weights have the names of `resNet`; the last stage is `layer4` (stride 16), after a ReLU.
 *
 * Ref: Chang et al. 2020, arXiv:2002.04264, and the authors' `CUB-200-2011_ResNet18.py`.
 * @throws RangeError for sizes below 1
 */
export function mcResNet18(config: McEncoderConfig): ImageEncoder {
  const { channels, inChannels, width, seed } = sizesOf("mcResNet18", config);
  const published = resNetLayers({ depth: 18, outputStride: 32, width });
  const layers = published.map((layer, i) => (i < 3 ? layer : { ...layer, planes: channels, stride: 1 }));
  return resNetOf({ name: "mcResNet18", inChannels, width, expansion: 1, layers, seed });
}
