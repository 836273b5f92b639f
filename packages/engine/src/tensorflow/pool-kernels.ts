import * as tf from "@tensorflow/tfjs-core";
import type { Attrs, Kernel, Run } from "../kernels/put-kernel.js";
import { padded, spelledOut, unpadded, type Pads } from "./padding.js";

/** Runs where padding is spelled out, with attributes that say "valid"; elsewhere the stock kernel does. */
const withPads = (
  name: string,
  run: (inputs: Record<string, tf.Tensor>, pads: Pads, valid: Attrs, stock: Run) => tf.Tensor,
): Kernel => ({
  name,
  run: (inputs, attrs, stock) => {
    const pads = spelledOut(attrs);
    return pads ? tf.tidy(() => run(inputs, pads, { ...attrs, pad: "valid" }, stock)) : stock(inputs, attrs);
  },
});

/**
 * The part of each window that is not padding: padding does not count in tfjs's averages. [1, outHeight, outWidth, 1]
 */
function share(x: tf.Tensor, pads: Pads, valid: Attrs, average: Run): tf.Tensor {
  const [, height, width] = x.shape as [number, number, number, number];
  return average({ x: padded(tf.ones([1, height, width, 1]), pads) }, valid);
}

const average: Run = (inputs, attrs) => tf.engine().runKernel(tf.AvgPool, { ...inputs }, attrs as tf.NamedAttrMap);

export const poolKernels: readonly Kernel[] = [
  withPads(tf.MaxPool, ({ x }, pads, valid, stock) => stock({ x: padded(x!, pads, -Infinity) }, valid)),
  withPads(tf.MaxPoolGrad, ({ dy, input, output }, pads, valid, stock) => {
    const dx = stock({ dy: dy!, input: padded(input!, pads, -Infinity), output: output! }, valid);
    return unpadded(dx, pads, input!.shape);
  }),
  withPads(tf.AvgPool, ({ x }, pads, valid, stock) =>
    tf.div(stock({ x: padded(x!, pads) }, valid), share(x!, pads, valid, stock)),
  ),
  withPads(tf.AvgPoolGrad, ({ dy, input }, pads, valid, stock) => {
    const each = tf.div(dy!, share(input!, pads, valid, average));
    return unpadded(stock({ dy: each, input: padded(input!, pads) }, valid), pads, input!.shape);
  }),
];
