import { putKernel, type Kernel } from "../kernels/put-kernel.js";
import { convKernels } from "./conv-kernels.js";
import { poolKernels } from "./pool-kernels.js";

const kernels: readonly Kernel[] = [...convKernels, ...poolKernels];

/**
 * Lets convolutions learn, and pooling run, with padding that is neither "same" nor "valid", as PyTorch's networks
 * have: tfjs-node refuses it. Call it once tfjs-node is imported; a second call changes nothing.
 */
export function completeTensorflow(): void {
  for (const kernel of kernels) putKernel("tensorflow", kernel);
}
