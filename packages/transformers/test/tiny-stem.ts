import * as tf from "@tensorflow/tfjs-core";
import { linear, type ImageEncoder } from "@fovea/nn";

/** The least a stem can be: mean colour of each 4×4 square, times a matrix. Counts how often it runs. */
export function tinyStem(channels: number): ImageEncoder & { readonly runs: () => number } {
  const embed = linear({ in: 3, out: channels, seed: 9 });
  let runs = 0;
  const map = (images: tf.Tensor4D, ctx: Parameters<ImageEncoder["maps"]>[1]) => {
    runs++;
    return tf.tidy(() => embed.forward(tf.avgPool(images, 4, 4, "valid"), ctx) as tf.Tensor4D);
  };
  return {
    ...embed,
    stages: [{ name: "squares", channels, stride: 4 }],
    inChannels: 3,
    dim: channels,
    maps: (images, ctx) => [map(images, ctx)],
    vector: (images, ctx) => tf.tidy(() => tf.mean(map(images, ctx), [1, 2])),
    runs: () => runs,
  };
}
