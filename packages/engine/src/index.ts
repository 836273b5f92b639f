export type { Engine, EngineName } from "./engines/engine.js";
export { engines } from "./engines/engines.js";
export { completeGradients } from "./gradients/register-gradients.js";
export { useEngine, type EngineReport } from "./use-engine.js";
export { completeWasm, wasmKernels } from "./wasm/complete-wasm.js";
export type { WasmKernel } from "./wasm/wasm-kernel.js";
export {
  doctor,
  type BrokenEngine,
  type Diagnosis,
  type EngineDiagnosis,
  type WorkingEngine,
} from "./doctor/doctor.js";
export { formatDiagnosis } from "./doctor/format-diagnosis.js";
export type { Speed } from "./doctor/probe.js";
export type { CoreCopy } from "./core-copies.js";
