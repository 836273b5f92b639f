import type { Engine } from "./engine.js";
import { importFromProject } from "./import-from-project.js";

/** Kernels in ONNX Runtime: used where @fovea/tfjs-backend-onnxruntime, which registers itself when imported, is installed. */
export const onnxruntime: Engine = {
  name: "onnxruntime",
  backend: "onnxruntime",
  remedy: "none yet: that package is not released",
  load: () => importFromProject("@fovea/tfjs-backend-onnxruntime"),
};
