export type { Engine, EngineName } from "./engines/engine.js";
export { engines } from "./engines/engines.js";
export { registerDilatedGradients } from "./conv/dilated-gradients.js";
export { useEngine, type EngineReport } from "./use-engine.js";
export { completeWasm, wasmKernels } from "./wasm/complete-wasm.js";
export type { WasmKernel } from "./wasm/wasm-kernel.js";
