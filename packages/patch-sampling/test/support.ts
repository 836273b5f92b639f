import {
  joinModules,
  moduleOf,
  rng,
  variable,
  type Context,
  type LargeImage,
  type Module,
  type Region,
} from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import {
  attentionSampling,
  zoomIn,
  type AttentionNetwork,
  type AttentionSamplingPlan,
  type AttentionSamplingConfig,
  type AttentionSamplingParts,
  type FeatureNetwork,
  type PatchSampler,
  type SampledPatches,
  type SamplerOutputs,
  type SamplingPlan,
  type ZoomInConfig,
  type ZoomInPlan,
} from "../src/index.js";

/**
 * An image of noise in memory, read by picking the pixel in the middle of each that is wanted. Counts what is read.
 */
export function noise(width: number, height: number, seed = 0): LargeImage & { readonly reads: Region[] } {
  const bytes = rng(seed)
    .split("noise")
    .uint32(width * height * 3);
  const reads: Region[] = [];
  return {
    width,
    height,
    reads,
    read(region, scale = 1) {
      reads.push(region);
      const [w, h] = [region.width, region.height].map((side) => Math.max(1, Math.round(side * scale))) as [
        number,
        number,
      ];
      const data = new Uint8Array(w * h * 3);
      for (let row = 0, out = 0; row < h; row++)
        for (let column = 0; column < w; column++)
          for (let c = 0; c < 3; c++, out++) {
            const y = region.top + Math.floor(((row + 0.5) * region.height) / h);
            const x = region.left + Math.floor(((column + 0.5) * region.width) / w);
            const inside = x >= 0 && x < width && y >= 0 && y < height;
            data[out] = inside ? bytes[(y * width + x) * 3 + c]! & 255 : 0;
          }
      return Promise.resolve({ width: w, height: h, channels: 3, data });
    },
  };
}

const pixelwise = (name: string, out: number, seed: number): Module & { map(x: tf.Tensor4D): tf.Tensor4D } => {
  const weight = variable("xavierUniform", [3, out], seed);
  return {
    ...moduleOf({ [name]: weight }),
    map: (x) => {
      const [batch, height, width] = x.shape;
      const y = tf.matMul(tf.reshape(x, [-1, 3]), weight as tf.Tensor2D);
      return tf.reshape(tf.tanh(y), [batch, height, width, out]);
    },
  };
};

/** One cell a pixel of the view. */
export function tinyAttention(seed = 1, strength = 3): AttentionNetwork {
  const layer = pixelwise("score", 1, seed);
  return {
    ...joinModules({ "": layer }),
    forward: (views) => tf.tidy(() => tf.mul(tf.squeeze(layer.map(views), [3]), strength)),
  };
}

/** The mean over a patch of `dim` functions of its pixels. */
export function tinyFeatures(dim = 5, seed = 2): FeatureNetwork {
  const layer = pixelwise("see", dim, seed);
  return { ...joinModules({ "": layer }), forward: (patches) => tf.tidy(() => tf.mean(layer.map(patches), [1, 2])) };
}

/** One stage on images of a few pixels. */
export const tinySampling = (
  config: Partial<AttentionSamplingConfig> = {},
  parts: Partial<AttentionSamplingParts> = {},
): PatchSampler<AttentionSamplingPlan> =>
  attentionSampling(
    { attention: tinyAttention(), features: tinyFeatures(), ...parts },
    { scale: 1 / 4, patch: [3, 3], samples: 2, ...config },
  );

/** Two stages on such images. */
export const tinyZoom = (config: Partial<ZoomInConfig> = {}): PatchSampler<ZoomInPlan> =>
  zoomIn(
    { first: tinyAttention(3), second: tinyAttention(4), features: tinyFeatures() },
    { tile: [8, 6], firstScale: 1 / 4, secondScale: 1 / 3, patch: [3, 2], samples: 2, ...config },
  );

/** What a sampler makes of a batch of images. */
export const estimate = <P extends SamplingPlan>(
  sampler: PatchSampler<P>,
  batch: readonly SampledPatches<P>[],
  ctx: Context,
): SamplerOutputs => {
  const inputs = sampler.collate(batch, ctx);
  try {
    return sampler.estimate(inputs, ctx);
  } finally {
    tf.dispose(inputs);
  }
};
