export { averageFactors } from "./average-factors.js";
export { completeCpu } from "./complete-cpu.js";
export type { CpuKernel } from "./cpu-kernel.js";
export { cpuKernels } from "./cpu-kernels.js";
