import type * as Backend from "@fovea/tfjs-backend-onnxruntime";
import type { Engine } from "./engine.js";
import { threadsAsked } from "./threads-asked.js";

let backend: typeof Backend | undefined;

/**
 * ONNX Runtime's native kernels, which come inside an npm package for Linux, macOS and Windows. `FOVEA_THREADS` in the
 * environment is how many threads they may use; all cores, if it is not set.
 */
export const onnxruntime: Engine = {
  name: "onnxruntime",
  backend: "onnxruntime",
  remedy: "ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@1.30.0",
  async load() {
    backend = await import("@fovea/tfjs-backend-onnxruntime");
    backend.requireRuntime();
    const threads = threadsAsked();
    if (threads) backend.setThreads(threads);
  },
  fallbacks: () => backend?.fallbacks() ?? {},
};
