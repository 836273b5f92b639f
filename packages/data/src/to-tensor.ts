import { requireOneOf, type Pixels } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/** How bytes become numbers: (x / 255 − mean) / sd for each channel, or one of the usual pairs by name. */
export type Normalization =
  | "unit"
  | "keras"
  | "imagenet"
  | { readonly mean: readonly [number, number, number]; readonly sd: readonly [number, number, number] };

const PRESETS = {
  /** x / 255, in [0, 1]. */
  unit: { mean: [0, 0, 0], sd: [1, 1, 1] },
  /** x / 127.5 − 1, in [−1, 1]: what Keras' MobileNetV2 and Inception take. */
  keras: { mean: [0.5, 0.5, 0.5], sd: [0.5, 0.5, 0.5] },
  /** The means and deviations of ImageNet's training images: what torchvision and most of timm take. */
  imagenet: { mean: [0.485, 0.456, 0.406], sd: [0.229, 0.224, 0.225] },
} as const;

/**
 * Writes one image's numbers into `out` at `offset`. One table of 256 for each channel, since there are only so many
 * bytes.
 */
export function normalizer(normalization: Normalization): (image: Pixels, out: Float32Array, offset: number) => void {
  if (typeof normalization === "string") requireOneOf("normalizer", { normalization }, Object.keys(PRESETS));
  const { mean, sd } = typeof normalization === "string" ? PRESETS[normalization] : normalization;
  if (!sd.every((value) => value > 0))
    throw new RangeError(`normalizer: \`sd\` must be above 0, got ${sd.join(", ")}.`);
  const [red, green, blue] = [0, 1, 2].map((c) =>
    Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - mean[c]!) / sd[c]!),
  ) as [Float32Array, Float32Array, Float32Array];
  return ({ data }, out, offset) => {
    for (let i = 0; i < data.length; i += 3) {
      out[offset + i] = red[data[i]!]!;
      out[offset + i + 1] = green[data[i + 1]!]!;
      out[offset + i + 2] = blue[data[i + 2]!]!;
    }
  };
}

/**
 * Images of one size as a tensor, [batch, height, width, channels].
 *
 * @param normalization - default "imagenet"
 * @throws RangeError for no images, or images of different sizes
 */
export function toTensor(images: readonly Pixels[], normalization: Normalization = "imagenet"): tf.Tensor4D {
  const first = images[0];
  if (!first) throw new RangeError("toTensor: expected at least one image, got none.");
  const { width, height } = first;
  const write = normalizer(normalization);
  const values = new Float32Array(images.length * height * width * 3);
  images.forEach((image, i) => {
    if (image.width !== width || image.height !== height)
      throw new RangeError(
        `toTensor: expected every image to be ${width} × ${height} as the first, got ${image.width} × ${image.height} (number ${i}).`,
      );
    write(image, values, i * height * width * 3);
  });
  return tf.tensor4d(values, [images.length, height, width, 3]);
}
