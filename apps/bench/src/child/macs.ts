import * as tf from "@tensorflow/tfjs-core";

type Inputs = Readonly<Record<string, tf.TensorInfo | undefined>>;
type Attrs = Readonly<Record<string, unknown>>;

const product = (sides: readonly number[]): number => sides.reduce((a, b) => a * b, 1);

/** Height · width · channels in of a filter [height, width, channels in, channels out]. */
const convolution = ({ filter }: Inputs): number => product(filter!.shape.slice(0, 3));
/** Height · width of a filter [height, width, channels, multiplier]. */
const depthwise = ({ filter }: Inputs): number => product(filter!.shape.slice(0, 2));
/** The axis that is summed over. */
const innerAxis = ({ a }: Inputs, { transposeA }: Attrs): number => a!.shape.at(transposeA ? -2 : -1)!;

/** Multiply–accumulates for one number of the output, of every kernel that multiplies matrices. */
const macsPerOutput: Readonly<Record<string, (inputs: Inputs, attrs: Attrs) => number>> = {
  [tf.Conv2D]: convolution,
  [tf.FusedConv2D]: convolution,
  [tf.DepthwiseConv2dNative]: depthwise,
  [tf.FusedDepthwiseConv2D]: depthwise,
  [tf.BatchMatMul]: innerAxis,
  [tf._FusedMatMul]: innerAxis,
};

/**
 * Runs something and counts the multiply–accumulates of its convolutions and matrix products, from the shapes its kernels
 * meet. A kernel made of other kernels counts once. Elementwise work does not count, as in every published table.
 */
export function countMacs<T>(run: () => T): { readonly result: T; readonly macs: number } {
  let [macs, depth] = [0, 0];
  const metered = (kernel: tf.KernelConfig): tf.KernelConfig => ({
    ...kernel,
    kernelFunc: (call) => {
      depth++;
      try {
        const output = kernel.kernelFunc(call);
        const { shape } = Array.isArray(output) ? output[0]! : output;
        if (depth === 1) macs += product(shape) * macsPerOutput[kernel.kernelName]!(call.inputs, call.attrs ?? {});
        return output;
      } finally {
        depth--;
      }
    },
  });
  const kernels = Object.keys(macsPerOutput)
    .map((name) => tf.getKernel(name, tf.getBackend()) as tf.KernelConfig | undefined)
    .filter((kernel) => kernel !== undefined);
  kernels.forEach((kernel) => replace(metered(kernel)));
  try {
    const result = run();
    return { result, macs };
  } finally {
    kernels.forEach(replace);
  }
}

function replace(kernel: tf.KernelConfig): void {
  tf.unregisterKernel(kernel.kernelName, kernel.backendName);
  tf.registerKernel(kernel);
}
