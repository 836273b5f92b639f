import type { Engine } from "./engine.js";

/** ONNX Runtime's native kernels, which come inside an npm package for Linux, macOS and Windows. */
export const onnxruntime: Engine = {
  name: "onnxruntime",
  backend: "onnxruntime",
  remedy: "ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@1.30.0",
  async load() {
    const { requireRuntime } = await import("@fovea/tfjs-backend-onnxruntime");
    requireRuntime();
  },
  async takeFallbacks() {
    const { fallbacks, resetFallbacks } = await import("@fovea/tfjs-backend-onnxruntime");
    const counts = fallbacks();
    resetFallbacks();
    return counts;
  },
};
