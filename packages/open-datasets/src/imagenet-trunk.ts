import * as tf from "@tensorflow/tfjs-core";
import { mobileNetV2 } from "@fovea/backbones";
import { loadWeights, weightsOf, type ImageEncoder } from "@fovea/nn";
import { MobileNetV2Model } from "nsfwjs/models/mobilenet_v2";

/** What `imagenetTrunk` is made from. Plain JSON. */
export interface ImageNetTrunkConfig {
  /** The deepest stage; nothing after it is built. Default "block_13_expand_relu": 576 channels at stride 16. */
  readonly until?: string | undefined;
}

/**
 * MobileNetV2 (alpha 1) with the ImageNet trunk as shipped by nsfwjs (MIT), 8-bit quantized there, float32 here.
 *
 * Up to `block_10_project_BN` the weights are those of Keras applications, trained on ImageNet: the file marks these
 * layers as not trainable. From `block_11` on that project fine-tuned them to moderate images. Its head is never
 * used.
 *
 * Images go in as x / 127.5 − 1, x being 0 … 255: what the ImageNet weights were trained with (`"keras"` in
 * `@fovea/data`). Any size; all its weights are trainable until the caller freezes them.
 *
 * @throws RangeError if `until` is no stage of `mobileNetV2`
 */
export async function imagenetTrunk({
  until = "block_13_expand_relu",
}: ImageNetTrunkConfig = {}): Promise<ImageEncoder> {
  const trunk = mobileNetV2({ until });
  const own = weightsOf(trunk);
  const tensors = await readTensors();
  try {
    loadWeights(trunk, tensors, { rename: (key) => (key in own ? key : undefined) });
    return trunk;
  } catch (error) {
    trunk.dispose();
    throw error;
  } finally {
    tf.dispose(tensors);
  }
}

/** All of the file's tensors, under Keras' names. */
async function readTensors(): Promise<tf.NamedTensorMap> {
  const { default: json } = await MobileNetV2Model.modelJson();
  const shards = await Promise.all(MobileNetV2Model.weightBundles.map((bundle) => bundle()));
  const bytes = Uint8Array.from(Buffer.concat(shards.map((shard) => Buffer.from(shard.default, "base64"))));
  return tf.io.decodeWeights(
    bytes.buffer,
    json.weightsManifest.flatMap((group) => group.weights),
  );
}
