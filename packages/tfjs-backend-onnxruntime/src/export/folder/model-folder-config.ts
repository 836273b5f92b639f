import type { Golden } from "./golden.js";
import type { ImagePreprocessing, ModelTask } from "./transformers-config.js";

/** What a folder tells of a model. */
export interface ModelFolderConfig {
  /** What the model is called. */
  readonly title: string;
  /** Markdown for the model card: what it does, how it was trained, what it must not be used for. */
  readonly description: string;
  /** Under which licence it may be used: an SPDX identifier in lower case, as model hubs have it, such as `mit`. */
  readonly license: string;
  /** Names of the classes, in the order of the logits. */
  readonly classes: readonly string[];
  /** What is done to an image before the network. */
  readonly preprocessing: ImagePreprocessing;
  /**
   * What it is for. `"image-classification"`: the file `model` takes `pixel_values` and gives `logits`, so that
   * transformers.js opens the folder as a pipeline. `"image-segmentation"`: the same, with logits of cells of the
   * image, [batch, classes, rows, columns]. `"other"`: it is used by ONNX Runtime.
   */
  readonly task: ModelTask;
  /** ONNX files by name: `model`; `model_quantized`, which browsers take by default; others. */
  readonly models: Readonly<Record<string, Uint8Array>>;
  /** Inputs with the outputs that are right, for at least one file. */
  readonly golden: readonly Golden[];
  /** PNG files that `golden` names. */
  readonly images: Readonly<Record<string, Uint8Array>>;
  /** Further words for the card's front matter. Default: none. */
  readonly tags?: readonly string[];
}
