import * as tf from "@tensorflow/tfjs-core";

/** Gradients that take the attribute `dilations` here, which tfjs never passes to them. */
const takeDilations: ReadonlySet<string> = new Set([
  tf.Conv2DBackpropInput,
  tf.Conv2DBackpropFilter,
  tf.DepthwiseConv2dNativeBackpropInput,
  tf.DepthwiseConv2dNativeBackpropFilter,
]);

/**
 * These kernels under a second name, such as `DilatedConv2DBackpropFilter`. An engine that has a kernel of this name
 * takes dilations, so a library can look for it; kernels of tfjs's own name may compute something else.
 */
export const dilatedKernels = (kernels: readonly tf.KernelConfig[]): readonly tf.KernelConfig[] =>
  kernels
    .filter(({ kernelName }) => takeDilations.has(kernelName))
    .map((kernel) => ({ ...kernel, kernelName: `Dilated${kernel.kernelName}` }));
