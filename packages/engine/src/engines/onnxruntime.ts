import type * as Backend from "@fovea/tfjs-backend-onnxruntime";
import type { Engine } from "./engine.js";
import { reasonOf } from "./start.js";
import { threadsAsked } from "./threads-asked.js";

let backend: typeof Backend | undefined;

const platform = `${process.platform} ${process.arch}`;

/** Its install script downloads CUDA's libraries on this platform, which are not used here. */
const skip = platform === "linux x64" ? "ONNXRUNTIME_NODE_INSTALL=skip " : "";

/**
 * ONNX Runtime's native kernels, which come inside an npm package for Linux, macOS and Windows. `FOVEA_THREADS` in the
 * environment is how many threads they may use; all cores, if it is not set.
 */
export const onnxruntime: Engine = {
  name: "onnxruntime",
  backend: "onnxruntime",
  included: platform !== "darwin x64", // which has no binary
  remedy: `${skip}npm install onnxruntime-node@1.30.0`,
  async load() {
    backend = await import("@fovea/tfjs-backend-onnxruntime");
    requireRuntime(backend);
    const threads = threadsAsked();
    if (threads) backend.setThreads(threads);
  },
  fallbacks: () => backend?.fallbacks() ?? {},
  runtime: () =>
    `ONNX Runtime ${backend?.runtimeVersion}, whose waiting threads spin for ${backend?.spinMicroseconds} µs`,
};

/** The remedy is left to `remedy`. */
function requireRuntime(loaded: typeof Backend): void {
  try {
    loaded.requireRuntime();
  } catch (cause) {
    throw new Error(reasonOf(cause).replace(/; run: .*$/, ""), { cause });
  }
}
