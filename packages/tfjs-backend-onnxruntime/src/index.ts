import { register } from "./register.js";

export { compile } from "./compile/compile.js";
export type { Compile, Compiled, CompileOptions } from "./compile/compiled.js";
export { RecordingError } from "./compile/recording-error.js";
export { exportLayersModel, type ExportLayersModelOptions, type LayersModel } from "./export/export-layers-model.js";
export { exportOnnx, type ExportedModel, type ExportOptions } from "./export/export-onnx.js";
export { checkGolden, type DecodedImage, type Golden, type GoldenCheck, type GoldenImages, type GoldenTensor } from "./export/folder/golden.js"; // prettier-ignore
export { modelFolder } from "./export/folder/model-folder.js";
export type { ModelFolderConfig } from "./export/folder/model-folder-config.js";
export type { ImagePreprocessing, ModelTask } from "./export/folder/transformers-config.js";
export { takeImages, type TakeImagesOptions } from "./export/take-images.js";
export { runOnnx } from "./export/run-onnx.js";
export type { ExportInput, OpenSide } from "./export/export-input.js";
export { fallbacks, resetFallbacks } from "./fallbacks.js";
export { sessionCount } from "./kernels.js";
export { requireRuntime, version as runtimeVersion } from "./runtime/binding.js";
export { getThreads, setThreads, spinMicroseconds } from "./runtime/threads.js";

register();
