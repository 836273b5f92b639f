export { completeWasm, wasmKernels } from "./complete-wasm.js";
export { useWasm, type UseWasmOptions, type WasmFile, type WasmReport } from "./use-wasm.js";
export type { WasmKernel } from "./wasm-kernel.js";
