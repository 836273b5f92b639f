export { averageFactors } from "@fovea/onnx-graph/kernels";
export { completeCpu } from "./complete-cpu.js";
export type { CpuKernel } from "./cpu-kernel.js";
export { cpuKernels } from "./cpu-kernels.js";
