import { modelCard } from "./model-card.js";
import type { ModelFolderConfig } from "./model-folder-config.js";
import { configJson, preprocessorJson } from "./transformers-config.js";

/**
 * The files of a folder that model hubs and transformers.js read, by path: `onnx/*.onnx`, `config.json`,
 * `preprocessor_config.json`, `README.md` with front matter, and `golden/`: images with the outputs that the model has
 * for them, which `checkGolden` compares.
 *
 * @throws RangeError for a pipeline without a file `model`, or golden outputs of a file that is not there
 */
export function modelFolder(config: ModelFolderConfig): ReadonlyMap<string, string | Uint8Array> {
  const { models, golden, images, task, classes, preprocessing } = config;
  if (task !== "other" && !models["model"])
    throw new RangeError(`modelFolder: expected \`models\` to have \`model\`, which a pipeline opens, got ${Object.keys(models).join(", ")}.`); // prettier-ignore
  for (const { model } of golden)
    if (!models[model])
      throw new RangeError(`modelFolder: expected \`golden\` of a file of \`models\`, got one of \`${model}\`; there are ${Object.keys(models).join(", ")}.`); // prettier-ignore
  return new Map<string, string | Uint8Array>([
    ["config.json", json(configJson(task, classes))],
    ["preprocessor_config.json", json(preprocessorJson(task, preprocessing))],
    ["README.md", modelCard(config)],
    ...Object.entries(models).map(([name, bytes]) => [`onnx/${name}.onnx`, bytes] as const),
    ["golden/expected.json", json(golden)],
    ...Object.entries(images).map(([name, bytes]) => [`golden/${name}`, bytes] as const),
  ]);
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
