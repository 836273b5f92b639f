import { randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, it } from "vitest";
import { assertAsOnCpu } from "../as-on-cpu.js";

type Pad = "same" | "valid" | number | tf.backend_util.ExplicitPadding;
type Stride = number | [number, number];

interface Case {
  readonly input: [number, number];
  readonly kernel: [number, number];
  readonly stride: Stride;
  readonly pad: Pad;
}

const inputs: [number, number][] = [[5, 7], [6, 4], [1, 8]]; // prettier-ignore
const kernels: [number, number][] = [[1, 1], [3, 3], [2, 3], [5, 1]]; // prettier-ignore
const pads: Pad[] = ["same", "valid", 1, 2, [[0, 0], [1, 0], [2, 1], [0, 0]]]; // prettier-ignore

const cases: Case[] = inputs.flatMap((input) =>
  kernels.flatMap((kernel) =>
    ([1, 2, 3, [2, 1]] as Stride[]).flatMap((stride) => pads.map((pad) => ({ input, kernel, stride, pad }))),
  ),
);

const depth = 3;
const infoOf = ({ input, kernel, stride, pad }: Case, depthwise: boolean) =>
  tf.backend_util.computeConv2DInfo([2, ...input, depth], [...kernel, depth, 2], stride, 1, pad, undefined, depthwise);

/** tfjs itself computes the wrong size, on every backend, from a number for kernels and strides that are not square. */
const tfjsGetsRight = ({ kernel, stride, pad }: Case) =>
  typeof pad !== "number" || (kernel[0] === kernel[1] && typeof stride === "number");

const valid = cases.filter((c) => {
  const { outHeight, outWidth } = infoOf(c, false);
  return tfjsGetsRight(c) && outHeight > 0 && outWidth > 0;
});

afterEach(() => tf.setBackend("wasm"));

describe("on wasm as on cpu, for every input, kernel, stride and padding:", () => {
  it("conv2d and its gradients", async () => {
    for (const c of valid) await assertAsOnCpu(() => results(c, tf.conv2d, 2)).catch(named(c));
  });

  it("depthwiseConv2d and its gradients, 2 channels from each", async () => {
    for (const c of valid) await assertAsOnCpu(() => results(c, tf.depthwiseConv2d, 2)).catch(named(c));
  });

  it("depthwiseConv2d and its gradients, 1 channel from each", async () => {
    for (const c of valid.filter(({ pad }) => pad === "same"))
      await assertAsOnCpu(() => results(c, tf.depthwiseConv2d, 1)).catch(named(c));
  });

  it("fused convolutions", async () => {
    for (const c of valid.filter(({ pad }) => pad === "same")) {
      const fused = { strides: c.stride, pad: "same", activation: "relu" } as const;
      const [x, filter] = [() => operands(c, 2)[0], () => operands(c, 2)[1]];
      const bias = (channels: number) => randomTensor<tf.Tensor1D>([channels], 3);
      await assertAsOnCpu(() => [
        tf.fused.conv2d({ ...fused, x: x(), filter: filter(), bias: bias(2) }),
        tf.fused.depthwiseConv2d({ ...fused, x: x(), filter: filter(), bias: bias(2 * depth) }),
      ]).catch(named(c));
    }
  });

  it("a convolution with few pixels and many channels", async () => {
    const conv = (stride: number, pad: Pad, dilation: number) => () =>
      tf.conv2d(
        randomTensor<tf.Tensor4D>([1, 3, 4, 2], 1),
        randomTensor<tf.Tensor4D>([3, 2, 2, 97], 2),
        stride,
        pad,
        "NHWC",
        dilation,
      );
    await assertAsOnCpu(conv(1, "same", 1));
    await assertAsOnCpu(conv(2, "same", 1));
    await assertAsOnCpu(conv(1, "same", 2));
    await assertAsOnCpu(conv(2, [[0, 0], [1, 2], [2, 0], [0, 0]], 1)); // prettier-ignore
  });

  it("a larger map", async () => {
    await assertAsOnCpu(() => {
      const inputs = [randomTensor([3, 13, 11, 5], 1), randomTensor([3, 3, 5, 7], 2)];
      return tf.grads((x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, "same"))(inputs);
    });
  });
});

describe("padding by a number", () => {
  it("is the same as written out, where tfjs computes the wrong size from it", async () => {
    const x = randomTensor<tf.Tensor4D>([2, 5, 9, 3], 1);
    const dy = randomTensor<tf.Tensor4D>([2, 5, 5, 2], 2); // (5 + 2·1 − 3) / 1 + 1 by (9 + 2·1 − 3) / 2 + 1
    const w = randomTensor<tf.Tensor4D>([3, 3, 3, 2], 3);
    const written: Pad = [[0, 0], [1, 1], [1, 1], [0, 0]]; // prettier-ignore
    const results = ([1, written] as Pad[]).map((pad) => {
      const conv = { strides: [1, 2], pad, dataFormat: "NHWC" };
      const dw = tf.engine().runKernel(tf.Conv2DBackpropFilter, { x, dy }, { ...conv, filterShape: w.shape });
      const dx = tf.engine().runKernel(tf.Conv2DBackpropInput, { dy, filter: w }, { ...conv, inputShape: x.shape });
      return [tf.conv2d(x, w, [1, 2], pad), dw, dx] as tf.Tensor[];
    });
    results[0]!.forEach((got, i) => {
      const want = results[1]![i]!;
      if (String(got.dataSync()) !== String(want.dataSync())) throw new Error(`result ${i} differs`);
    });
  });
});

function operands({ input, kernel }: Case, out: number): [tf.Tensor4D, tf.Tensor4D] {
  return [randomTensor([2, ...input, depth], 1), randomTensor([...kernel, depth, out], 2)];
}

/** The output and both gradients; the sine makes the output's gradient different everywhere. */
function results(c: Case, conv: typeof tf.conv2d | typeof tf.depthwiseConv2d, out: number): tf.Tensor[] {
  const [x, filter] = operands(c, out);
  const run = (a: tf.Tensor, b: tf.Tensor) => conv(a as tf.Tensor4D, b as tf.Tensor4D, c.stride, c.pad);
  return [run(x, filter), ...tf.grads((a, b) => tf.sin(run(a, b)))([x, filter])];
}

const named = (c: Case) => (cause: unknown) => {
  throw new Error(`${JSON.stringify(c)}: ${String(cause)}`);
};
