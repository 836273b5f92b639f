/** Who may import whom inside the workspace: the drawing of the repository as data. What is not here is forbidden. */
export const arrows: Readonly<Record<string, readonly string[]>> = {
  "packages/nn": [],
  "packages/onnx-graph": [],
  "packages/tfjs-backend-onnxruntime": ["onnx-graph"],
  "packages/engine": ["tfjs-backend-onnxruntime"],
  // siblings: they meet through the contracts in nn and never import one another
  "packages/backbones": ["nn"],
  "packages/transformers": ["nn"],
  "packages/fusion": ["nn"],
  "packages/losses": ["nn"],
  "packages/patch-sampling": ["nn"],
  "packages/data": ["nn"],
  "packages/train": ["nn"],
  "packages/pretrained": ["nn"],
  "packages/bimodal": ["nn"],
  // joins siblings, but neither loads data nor trains
  "packages/models": ["nn", "backbones", "transformers", "fusion", "losses", "patch-sampling", "bimodal"],
  // private: images and trunks for the apps
  "packages/open-datasets": ["nn", "data", "backbones", "pretrained"],
  // private: how a comparison is run and reported; knows no engine
  "packages/experiment": ["nn", "train"],
  // the only code that picks an engine and joins models, data and training
  "apps/demo": [
    "nn",
    "engine",
    "backbones",
    "transformers",
    "fusion",
    "losses",
    "patch-sampling",
    "bimodal",
    "data",
    "train",
    "models",
    "open-datasets",
    "experiment",
  ],
  "apps/bench": [
    "nn",
    "engine",
    "backbones",
    "transformers",
    "fusion",
    "losses",
    "patch-sampling",
    "bimodal",
    "data",
    "train",
    "models",
    "open-datasets",
    "experiment",
  ],
};
