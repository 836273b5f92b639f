import { completeCpu } from "@fovea/tfjs-backend-onnxruntime/cpu";
import { putKernel } from "../kernels/put-kernel.js";
import { convKernels } from "./conv-kernels.js";
import { copyKernels } from "./copy-kernels.js";
import { functionKernels } from "./function-kernels.js";
import { matMulKernels } from "./mat-mul-kernels.js";
import { onCpu } from "./on-cpu.js";
import { reduceKernels } from "./reduce-kernels.js";
import type { WasmKernel } from "./wasm-kernel.js";
import { wrongKernels, type WrongKernel } from "./wrong-kernels.js";

const replaced: readonly WasmKernel[] = [
  ...convKernels,
  ...matMulKernels,
  ...reduceKernels,
  ...copyKernels,
  ...functionKernels,
];

/** On cpu where it is wrong otherwise, else as `kernel` has it, or stock `wasm`. */
function corrected({ name, when }: WrongKernel): WasmKernel {
  const { run, stock: before } = replaced.find((kernel) => kernel.name === name) ?? {};
  return {
    name,
    stock: before === "missing" ? "missing" : "wrong",
    run(inputs, attrs, stock) {
      if (when(inputs, attrs)) return onCpu(name, inputs, attrs);
      return run ? run(inputs, attrs, stock) : stock(inputs, attrs);
    },
  };
}

const isWrong = ({ name }: WasmKernel): boolean => wrongKernels.some((wrong) => wrong.name === name);

/** Every kernel of `wasm` that this package brings, and what stock `wasm` has in its place. */
export const wasmKernels: readonly WasmKernel[] = [
  ...replaced.filter((kernel) => !isWrong(kernel)),
  ...wrongKernels.map(corrected),
];

/**
 * Gives the `wasm` backend the kernels it lacks for training, and right ones for those of its own that are wrong, or
 * better ones where they are slow. They are made of other kernels of `wasm`, of loops over its memory, and, for some
 * inputs, of those of the `cpu` backend, which this registers and completes. Call it once tfjs-backend-wasm is
 * imported, before or after `tf.setBackend("wasm")`; a second call changes nothing.
 */
export function completeWasm(): void {
  completeCpu();
  for (const kernel of wasmKernels) putKernel("wasm", kernel);
}
