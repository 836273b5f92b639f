import { mobileNetV2 } from "@fovea/backbones";
import type { ImageEncoder } from "@fovea/nn";
import { loadPretrained } from "@fovea/pretrained";
import { nsfwjsTrunk } from "@fovea/pretrained/nsfwjs";

/** What `imagenetTrunk` is made from. Plain JSON. */
export interface ImageNetTrunkConfig {
  /** The deepest stage; nothing after it is built. Default "block_13_expand_relu": 576 channels. */
  readonly until?: string | undefined;
  /** Pixels per cell that no map exceeds: deeper blocks are dilated instead. Default 32: none is dilated. */
  readonly outputStride?: 8 | 16 | 32 | undefined;
}

/**
 * MobileNetV2 (alpha 1) with the ImageNet trunk as shipped by nsfwjs: see `nsfwjsTrunk` of `@fovea/pretrained/nsfwjs`.
 *
 * Images go in as x / 127.5 − 1, x being 0 … 255 (`"keras"` in `@fovea/data`). Any size; all its weights are trainable
 * until the caller freezes them.
 *
 * @throws RangeError if `until` is no stage of `mobileNetV2`, or `outputStride` is not 8, 16 or 32
 */
export async function imagenetTrunk({
  until = "block_13_expand_relu",
  outputStride,
}: ImageNetTrunkConfig = {}): Promise<ImageEncoder> {
  const trunk = mobileNetV2({ until, outputStride });
  const weights = await nsfwjsTrunk();
  loadPretrained(trunk, weights, { partial: true });
  weights.dispose();
  return trunk;
}
