import { completeWasm } from "../wasm/complete-wasm.js";
import { leaveProcessAlone } from "../wasm/process-handlers.js";
import type { Engine } from "./engine.js";

/** WebAssembly with XNNPACK, one thread, nothing to compile or download; completed for training. */
export const wasm: Engine = {
  name: "wasm",
  backend: "wasm",
  remedy: "npm install @tensorflow/tfjs-backend-wasm@4.22.0",
  async load() {
    await import("@tensorflow/tfjs-backend-wasm");
    leaveProcessAlone();
    completeWasm();
  },
};
