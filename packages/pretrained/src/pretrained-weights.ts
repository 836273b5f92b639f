import * as tf from "@tensorflow/tfjs-core";

/** The images that weights were trained with. */
export interface Preprocessing {
  /** Height and width that images are cropped to, in pixels. */
  readonly imageSize: readonly [height: number, width: number];
  /** The share of the resized image that evaluation crops from its center, along each axis. */
  readonly cropShare: number;
  /** How images are resized, such as "bicubic". */
  readonly interpolation: string;
  /** Bytes become (x / 255 − mean) / sd for each channel: a `normalization` of `@fovea/data`. */
  readonly normalization: {
    readonly mean: readonly [number, number, number];
    readonly sd: readonly [number, number, number];
  };
}

/** The tensors of a published checkpoint, and what its publisher says of them. Ready for `loadPretrained`. */
export interface PretrainedWeights {
  /** Where the weights come from, for messages and reports: `timm/resnet18.a1_in1k@491b427`. */
  readonly name: string;
  /** The tensors by their published names. */
  readonly tensors: Readonly<Record<string, tf.Tensor>>;
  /** How kernels lie in memory: "pytorch" is [out, in, height, width], "fovea" [height, width, in, out] as in Keras. */
  readonly layout: "pytorch" | "fovea";
  /**
   * The name of the network in the library that it was trained with, such as "resnet18"; null if the source has none.
   */
  readonly architecture: string | null;
  /** The licence of the weights as the publisher states it, such as "apache-2.0"; null if it states none. */
  readonly license: string | null;
  /** How images are prepared; null if the source does not say. */
  readonly preprocessing: Preprocessing | null;
  /** Frees the tensors. Modules that they were loaded into keep their copies. */
  dispose(): void;
}

/** Gives tensors the `dispose` of `PretrainedWeights`. */
export const pretrainedWeights = (weights: Omit<PretrainedWeights, "dispose">): PretrainedWeights => ({
  ...weights,
  dispose: () => tf.dispose(weights.tensors),
});
