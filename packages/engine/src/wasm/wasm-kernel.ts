import type { Kernel } from "../kernels/put-kernel.js";

/** One kernel of `wasm` that this package brings. */
export interface WasmKernel extends Kernel {
  /** What stock `wasm` has in its place. */
  readonly stock: "missing" | "slow" | "wrong";
}
