/** What a model is for. */
export type ModelTask = "image-classification" | "image-segmentation" | "other";

/** What is done to an image before a network: it is resized and cropped, and bytes become (x / 255 − mean) / std. */
export interface ImagePreprocessing {
  /** Height of the image that the network is given, in pixels. */
  readonly height: number;
  /** Width of the image that the network is given, in pixels. */
  readonly width: number;
  /** Means of the red, green and blue channel, in [0, 1], that are subtracted. */
  readonly mean: readonly [number, number, number];
  /** Deviations of the red, green and blue channel, in [0, 1], that are divided by. */
  readonly std: readonly [number, number, number];
  /**
   * `"cover"`: the image is resized until it covers the size, and its middle is cut out. `"fill"`: it is resized to the
   * size, whatever its form. Default "cover".
   */
  readonly fit?: "cover" | "fill" | undefined;
  /** Between which of its pixels an image is interpolated when it is resized. Default "lanczos". */
  readonly resample?: keyof typeof resamplings | undefined;
}

/** Numbers of Pillow's `Image.Resampling`. */
const resamplings = { nearest: 0, lanczos: 1, bilinear: 2, bicubic: 3 } as const;

/** Model and architecture by which transformers.js opens a network as a pipeline: it runs any network of that kind. */
const architectures = {
  "image-classification": { model_type: "resnet", architectures: ["ResNetForImageClassification"] },
  "image-segmentation": { model_type: "segformer", architectures: ["SegformerForSemanticSegmentation"] },
  other: { model_type: "fovea" },
} as const satisfies Record<ModelTask, object>;

/** `config.json`. */
export const configJson = (task: ModelTask, classes: readonly string[]): object => ({
  ...architectures[task],
  id2label: Object.fromEntries(classes.map((name, i) => [i, name])),
  label2id: Object.fromEntries(classes.map((name, i) => [name, i])),
});

/** `preprocessor_config.json`. */
export function preprocessorJson(task: ModelTask, preprocessing: ImagePreprocessing): object {
  const { height, width, mean, std, fit = "cover", resample = "lanczos" } = preprocessing;
  const crops = fit === "cover" && height === width;
  return {
    image_processor_type: task === "image-segmentation" ? "SegformerImageProcessor" : "ViTImageProcessor",
    do_resize: true,
    size: crops ? { shortest_edge: height } : { height, width },
    resample: resamplings[resample],
    do_center_crop: crops,
    ...(crops && { crop_size: { height, width } }),
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: mean,
    image_std: std,
  };
}
