import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import {
  averagePool2d,
  conv2d,
  depthwiseConv2d,
  globalAveragePool,
  inferenceContext,
  maxPool2d,
} from "../../src/index.js";
import type { Padding, WindowSize } from "../../src/index.js";
import { assertClose, randomTensor } from "../../src/testing/index.js";

const ctx = inferenceContext();

/**
 * Σ over the window, cell by cell: y[b, i, j, o] = Σ_{u, v, c} x[b, s·i + d·u − top, s·j + d·v − left, c] · weight[u,
 * v, c, o].
 */
function slowConv(x: tf.Tensor, weight: tf.Tensor, stride: number, dilation: number, pad: [number, number]): tf.Tensor {
  const [b, h, w, c] = x.shape as [number, number, number, number];
  const [kh, kw, , o] = weight.shape as [number, number, number, number];
  const xs = x.arraySync() as number[][][][];
  const ws = weight.arraySync() as number[][][][];
  const sideOf = (n: number, k: number, p: number) => Math.floor((n + p - dilation * (k - 1) - 1) / stride) + 1;
  const [oh, ow] = [sideOf(h, kh, 2 * pad[0]), sideOf(w, kw, 2 * pad[1])];
  const out = tf.buffer([b, oh, ow, o]);
  for (const [n, i, j, f, u, v, g] of cells([b, oh, ow, o, kh, kw, c])) {
    const value = xs[n!]![stride * i! + dilation * u! - pad[0]]?.[stride * j! + dilation * v! - pad[1]]?.[g!] ?? 0;
    out.set(out.get(n!, i!, j!, f!) + value * ws[u!]![v!]![g!]![f!]!, n!, i!, j!, f!);
  }
  return out.toTensor();
}

function* cells(sides: number[]): Generator<number[]> {
  const size = sides.reduce((product, side) => product * side, 1);
  for (let at = 0; at < size; at++) {
    let rest = at;
    yield sides.map((side) => [rest % side, (rest = Math.floor(rest / side))][0]!);
  }
}

/** A depthwise weight [kh, kw, c, m] as that of a full convolution [kh, kw, c, c · m]. */
const blockDiagonal = (weight: tf.Tensor): tf.Tensor => {
  const [kh, kw, c, m] = weight.shape as [number, number, number, number];
  const full = tf.mul(tf.reshape(weight, [kh, kw, c, 1, m]), tf.reshape(tf.eye(c), [1, 1, c, c, 1]));
  return tf.reshape(full, [kh, kw, c, c * m]);
};

describeOnEngines("conv2d and depthwiseConv2d", () => {
  it.each<[WindowSize, stride: number, dilation: number, Padding, pad: [number, number]]>([
    [3, 1, 1, "same", [1, 1]],
    [3, 2, 1, 1, [1, 1]],
    [[1, 3], 2, 1, 2, [2, 2]],
    [[3, 1], 1, 2, "valid", [0, 0]],
    [3, 1, 2, "same", [2, 2]],
    [[2, 3], 1, 2, 3, [3, 3]],
  ])(
    "sums over the window: kernel %j, stride %i, dilation %i, padding %s",
    (kernel, stride, dilation, padding, pad) => {
      const x = randomTensor([2, 7, 5, 3]);
      const options = { kernel, stride, dilation, padding };
      const full = conv2d({ in: 3, out: 2, ...options });
      full.params["bias"]!.assign(tf.tensor1d([1, -1]));
      const expected = slowConv(x, full.params["weight"]!, stride, dilation, pad);
      assertClose(full.forward(x, ctx), tf.add(expected, [1, -1]), 1e-4);
      const depthwise = depthwiseConv2d({ channels: 3, multiplier: 2, ...options });
      const weight = blockDiagonal(depthwise.params["weight"]!);
      assertClose(depthwise.forward(x, ctx), slowConv(x, weight, stride, dilation, pad), 1e-4);
    },
  );
});

describe("a number as padding", () => {
  it("gives PyTorch's sizes", () =>
    fc.assert(
      fc.property(
        fc.record({ side: fc.integer({ min: 5, max: 9 }), kernel: fc.integer({ min: 1, max: 4 }), padding: fc.nat(3) }),
        fc.constantFrom([1, 1], [2, 1], [3, 1], [1, 2]),
        ({ side, kernel, padding }, [stride, dilation]) => {
          const reach = dilation! * (kernel - 1) + 1;
          fc.pre(side + 2 * padding >= reach);
          const expected = Math.floor((side + 2 * padding - reach) / stride!) + 1;
          const options = { kernel, padding, stride: stride!, dilation: dilation! };
          const x = tf.zeros([1, side, side + 1, 2]);
          for (const layer of [conv2d({ in: 2, out: 3, ...options }), depthwiseConv2d({ channels: 2, ...options })])
            expect(layer.forward(x, ctx).shape[1]).toBe(expected);
          if (dilation === 1 && padding < kernel)
            for (const layer of [maxPool2d(options), averagePool2d(options)])
              expect(layer.forward(x, ctx).shape[1]).toBe(expected);
        },
      ),
      { numRuns: 40 },
    ));
});

describeOnEngines("pooling", () => {
  const x = (): tf.Tensor => tf.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);

  it("takes the largest and the mean of each window", () => {
    assertClose(maxPool2d({ kernel: 2, stride: 1 }).forward(x(), ctx), [5, 6, 8, 9]);
    assertClose(averagePool2d({ kernel: 2, stride: 1 }).forward(x(), ctx), [3, 4, 6, 7]);
    assertClose(maxPool2d({ kernel: [1, 3] }).forward(x(), ctx), [3, 6, 9]);
    assertClose(globalAveragePool(x()), tf.tensor2d([[5]]));
  });

  it("does not count padded cells", () => {
    assertClose(averagePool2d({ kernel: 2, stride: 2, padding: 1 }).forward(x(), ctx), [1, 2.5, 5.5, 7]);
    assertClose(averagePool2d({ kernel: 2, padding: "same" }).forward(x(), ctx), [3, 4.5, 7.5, 9]);
    assertClose(maxPool2d({ kernel: 2, padding: 1 }).forward(tf.neg(x()), ctx), [-1, -2, -4, -5]);
  });
});

describe("refusals", () => {
  it.each([
    [{ kernel: 0 }, "conv2d: `kernel height` must be a whole number of at least 1, got 0."],
    [{ kernel: 3, stride: 1.5 }, "conv2d: `stride` must be a whole number of at least 1, got 1.5."],
    [{ kernel: 3, padding: -1 }, "conv2d: `padding` must be a whole number of at least 0, got -1."],
    [
      { kernel: 3, padding: "full" as Padding },
      'conv2d: `padding` must be "same", "valid" or a whole number, got full.',
    ],
    [{ kernel: 3, stride: 2, dilation: 2 }, "conv2d: either `stride` or `dilation` must be 1, got 2 and 2."],
  ])("%j", (options, message) => expect(() => conv2d({ in: 2, out: 3, ...options })).toThrow(message));

  it("names the layer and the shape", () => {
    const x = tf.zeros([1, 4, 4, 5]);
    expect(() => conv2d({ in: 2, out: 3, kernel: 1 }).forward(x, ctx)).toThrow(
      "conv2d: expected `x` of shape [batch, height, width, 2], got [1, 4, 4, 5].",
    );
    expect(() => depthwiseConv2d({ channels: 2, kernel: 1 }).forward(x, ctx)).toThrow("depthwiseConv2d: expected `x`");
    expect(() => maxPool2d({ kernel: 2 }).forward(tf.zeros([4, 4]), ctx)).toThrow("maxPool2d: expected `x`");
    expect(() => globalAveragePool(tf.zeros([4, 4]))).toThrow("globalAveragePool: expected `x`");
  });
});
