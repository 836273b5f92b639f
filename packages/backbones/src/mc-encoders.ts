import { requireCounts, type ImageEncoder } from "@fovea/nn";
import { resNetLayers, resNetOf } from "./res-net.js";
import { vgg16Channels, vggOf } from "./vgg16-bn.js";

/** Plain JSON. */
export interface McEncoderConfig {
  readonly classes: number;
  /** Channels of the last map that belong to each class. Default 3. */
  readonly channelsPerClass?: number | undefined;
  /** Default 3. */
  readonly inChannels?: number | undefined;
  /** Channels of the first layer; all but those of the classes scale with it. Default 64. */
  readonly width?: number | undefined;
  /** Default 0. */
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
 * VGG-16 with batch norm as MC-Loss trains it from scratch: the last convolutions of the two deepest blocks have
 * `channelsPerClass · classes` channels, and the last pooling is left out, so that images of 224² give maps of 14².
 *
 * Stages and weights are named as those of `vgg16Bn`; the last stage is `features.42` (stride 16), after a ReLU.
 *
 * Ref: Chang et al. 2020, arXiv:2002.04264, and the authors' `CUB-200-2011.py`.
 * @throws RangeError for sizes below 1; from `maps` for pictures smaller than the stride
 */
export function mcVgg16(config: McEncoderConfig): ImageEncoder {
  const { channels, inChannels, width, seed } = sizesOf("mcVgg16", config);
  const groups = vgg16Channels(width).map((group, i) => (i < 3 ? group : [...group.slice(0, -1), channels]));
  return vggOf({ name: "mcVgg16", inChannels, channels: groups, until: "features.42", seed });
}

/**
 * ResNet-18 as MC-Loss trains it from scratch: `layer4` has `channelsPerClass · classes` channels and stride 1, without
 * dilation, so that images of 224² give maps of 14². A baseline without MC-Loss keeps `resNet({ depth: 18 })`'s
 * channels.
 *
 * Stages and weights are named as those of `resNet`; the last stage is `layer4` (stride 16), after a ReLU.
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
