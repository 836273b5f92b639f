import { lowerings } from "@fovea/onnx-graph";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { blockSize } from "../src/runtime/block-size.js";
import { plan } from "../src/runtime/plan.js";
import { portsOf } from "../src/runtime/ports.js";
import { createSession } from "../src/runtime/session.js";

const map = [2, 13, 13, 20];
const conv = { strides: [1, 1], pad: "same", dataFormat: "NHWC", dilations: [1, 1] };
const pool = { filterSize: 3, strides: 2, pad: "same" };

/** Kernels that use the blocked layout where there is one: shapes of their inputs, attributes. */
const calls: readonly [string, readonly number[][], Record<string, unknown>][] = [
  [tf.Conv2D, [map, [3, 3, 20, 17]], conv],
  [tf.Conv2DBackpropInput, [[2, 13, 13, 17], [3, 3, 20, 17]], { ...conv, inputShape: map }], // prettier-ignore
  [tf.DepthwiseConv2dNative, [map, [3, 3, 20, 1]], conv],
  [tf.DepthwiseConv2dNativeBackpropInput, [map, [3, 3, 20, 1]], { ...conv, inputShape: map }],
  [tf.DepthwiseConv2dNativeBackpropFilter, [map, map], { ...conv, filterShape: [3, 3, 20, 1] }],
  [tf.MaxPool, [map], pool],
  [tf.AvgPool, [map], pool],
  [tf.AvgPoolGrad, [[2, 7, 7, 20], map], pool],
];

function computed(kernel: string, shapes: readonly number[][], attrs: Record<string, unknown>, block: number) {
  const tensors = shapes.map((shape) => ({ dataId: {}, shape, dtype: "float32" as const }));
  const made = plan(
    lowerings.find((one) => one.kernel === kernel)!,
    tensors,
    attrs,
    { block, portable: false, parallel: false },
  )!;
  const numbers = shapes.map((shape) => Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i * 7))); // prettier-ignore
  const values = made.outputs.map(({ value }) => value);
  const y = new Float32Array(tf.util.sizeFromShape(made.outputs[0]!.shape as number[]));
  const session = createSession(made.model, 1);
  const ports = portsOf(made.feeds, values);
  ports.put(numbers, [y]);
  session.run(ports);
  session.dispose();
  return { y, model: Buffer.from(made.model).toString("latin1") };
}

describe("machines without a blocked layout compute the same", () => {
  it.each(calls)("%s", (kernel, shapes, attrs) => {
    const [plain, blocked] = [1, blockSize()].map((block) => computed(kernel, shapes, attrs, block));
    if (blockSize() > 1) expect(plain!.model).not.toBe(blocked!.model);
    plain!.y.forEach((value, i) => expect(value).toBeCloseTo(blocked!.y[i]!, 3));
  });
});
