import * as tf from "@tensorflow/tfjs-core";
import { MobileNetV2Model } from "nsfwjs/models/mobilenet_v2";
import { pretrainedWeights, type PretrainedWeights } from "./pretrained-weights.js";

/**
 * The ImageNet trunk of MobileNetV2 (alpha 1) as shipped by the npm package `nsfwjs` (MIT), which must be installed:
 * weights without a download, also in a page. They are quantized to 8 bits there, and float32 here.
 *
 * Up to `block_10_project_BN` they are those of Keras applications, trained on ImageNet: the file marks these layers as
 * not trainable. From `block_11` on that project fine-tuned them to moderate images. Its classifier is left out.
 *
 * For `mobileNetV2()` of `@fovea/backbones`, with `partial: true` if it ends early. Images go in as x / 127.5 − 1,
 * x being 0 … 255: what the ImageNet weights were trained with (`"keras"` in `@fovea/data`); any size.
 */
export async function nsfwjsTrunk(): Promise<PretrainedWeights> {
  const { default: json } = await MobileNetV2Model.modelJson();
  const shards = await Promise.all(MobileNetV2Model.weightBundles.map((bundle) => bundle()));
  const bytes = new Uint8Array(await new Blob(shards.map(({ default: text }) => fromBase64(text))).arrayBuffer());
  const all = tf.io.decodeWeights(
    bytes.buffer,
    json.weightsManifest.flatMap((group) => group.weights),
  );
  const [trunk, rest] = [true, false].map((kept) =>
    Object.fromEntries(Object.entries(all).filter(([key]) => inTrunk(key) === kept)),
  ) as [tf.NamedTensorMap, tf.NamedTensorMap];
  tf.dispose(rest);
  return pretrainedWeights({
    name: "nsfwjs/mobilenet_v2",
    tensors: trunk,
    layout: "fovea",
    architecture: "MobileNetV2",
    license: "MIT",
    preprocessing: {
      imageSize: [224, 224],
      cropShare: 1,
      interpolation: "bilinear",
      normalization: { mean: [0.5, 0.5, 0.5], sd: [0.5, 0.5, 0.5] },
    },
  });
}

/** Whether a weight is one of Keras' MobileNetV2, and not of the classifier of that project. */
const inTrunk = (key: string): boolean => !key.startsWith("dense");

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
