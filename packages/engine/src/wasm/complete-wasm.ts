import { convKernels } from "./conv-kernels.js";
import { copyKernels } from "./copy-kernels.js";
import { matMulKernels } from "./mat-mul-kernels.js";
import { reduceKernels } from "./reduce-kernels.js";
import { putKernel } from "../kernels/put-kernel.js";
import type { WasmKernel } from "./wasm-kernel.js";

/** Every kernel of `wasm` that this package brings, and what stock `wasm` has in its place. */
export const wasmKernels: readonly WasmKernel[] = [...convKernels, ...matMulKernels, ...reduceKernels, ...copyKernels];

/**
 * Gives the `wasm` backend the kernels it lacks for training, and better ones for those of its own that are wrong or slow.
 * All are made of other kernels of `wasm`. Call it once tfjs-backend-wasm is imported, before or after
 * `tf.setBackend("wasm")`; a second call changes nothing.
 */
export function completeWasm(): void {
  for (const kernel of wasmKernels) putKernel("wasm", kernel);
}
