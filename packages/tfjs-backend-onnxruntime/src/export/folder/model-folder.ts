import type { Golden } from "./golden.js";
import { modelCard } from "./model-card.js";
import { configJson, preprocessorJson, type ImagePreprocessing } from "./transformers-config.js";

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
   * transformers.js opens the folder as a pipeline. `"other"`: it is used by ONNX Runtime.
   */
  readonly task: "image-classification" | "other";
  /** ONNX files by name: `model`; `model_quantized`, which browsers take by default; others. */
  readonly models: Readonly<Record<string, Uint8Array>>;
  /** Inputs with the outputs that are right, for at least one file. */
  readonly golden: readonly Golden[];
  /** PNG files that `golden` names. */
  readonly images: Readonly<Record<string, Uint8Array>>;
  /** Further words for the card's front matter. Default: none. */
  readonly tags?: readonly string[];
}

/**
 * The files of a folder that model hubs and transformers.js read, by path: `onnx/*.onnx`, `config.json`,
 * `preprocessor_config.json`, `README.md` with front matter, and `golden/`: images with the outputs that the model has
 * for them, which `checkGolden` compares.
 *
 * @throws RangeError for a pipeline without a file `model`, or golden outputs of a file that is not there
 */
export function modelFolder(config: ModelFolderConfig): ReadonlyMap<string, string | Uint8Array> {
  const { models, golden, images, task, classes, preprocessing } = config;
  if (task === "image-classification" && !models["model"])
    throw new RangeError(`modelFolder: expected \`models\` to have \`model\`, which a pipeline opens, got ${Object.keys(models).join(", ")}.`); // prettier-ignore
  for (const { model } of golden)
    if (!models[model])
      throw new RangeError(`modelFolder: expected \`golden\` of a file of \`models\`, got one of \`${model}\`; there are ${Object.keys(models).join(", ")}.`); // prettier-ignore
  return new Map<string, string | Uint8Array>([
    ["config.json", json(configJson(task, classes))],
    ["preprocessor_config.json", json(preprocessorJson(preprocessing))],
    ["README.md", modelCard(config)],
    ...Object.entries(models).map(([name, bytes]) => [`onnx/${name}.onnx`, bytes] as const),
    ["golden/expected.json", json(golden)],
    ...Object.entries(images).map(([name, bytes]) => [`golden/${name}`, bytes] as const),
  ]);
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
