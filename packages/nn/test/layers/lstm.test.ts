import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import * as nn from "../../src/index.js";
import {
  assertClose,
  assertGradient,
  assertNoLeak,
  assertParamGradient,
  moduleContract,
  randomTensor,
} from "../../src/testing/index.js";

const ctx = nn.inferenceContext();
const [batch, steps, inputs, hidden] = [3, 7, 2, 5];
const make = (seed = 3) => nn.lstm({ in: inputs, hidden, seed });
const input = (seed = 0) => randomTensor<tf.Tensor3D>([batch, steps, inputs], seed);
/** Padding behind, in between and in front, and nothing else. */
const some = () =>
  tf.tensor2d([
    [1, 1, 1, 0, 0, 0, 0],
    [0, 1, 0, 1, 1, 0, 1],
    [0, 0, 0, 0, 0, 0, 0],
  ]);
const both = (layer: nn.Lstm, x: tf.Tensor, mask: tf.Tensor2D | null): tf.Tensor3D =>
  tf.tidy(() => {
    const { outputs, last } = layer.forward(x as tf.Tensor3D, ctx, mask);
    return tf.concat([outputs, tf.expandDims(last, 1)], 1) as tf.Tensor3D;
  });
const sample = (x: tf.Tensor, at: number) => tf.slice(x, at, 1);

/** Sets a param to a constant for each gate, in the order i, f, g, o. */
function setBias(layer: nn.Lstm, ...gates: number[]): void {
  for (const weight of Object.values(layer.params)) weight.assign(tf.zeros(weight.shape));
  const perUnit = gates.flatMap((value) => Array<number>(hidden).fill(value));
  layer.params["bias_ih_l0"]!.assign(tf.tensor1d(perUnit));
}

describeOnEngines("lstm", () => {
  describe("with a mask", () => {
    const forward = (layer: nn.Lstm, x: tf.Tensor) =>
      tf.tidy(() => both(layer, x, tf.tile(tf.tensor2d([[0, 1, 0, 1, 1, 0, 1]]), [x.shape[0]!, 1])));
    for (const check of moduleContract({ make, input, forward })) it(check.name, check.run);
  });

  it("counts to the number of real steps with gates that are all open", () => {
    const layer = make();
    setBias(layer, 50, 50, 50, 50); // σ(50) = tanh(50) = 1: c ← c + 1, h ← tanh(c)
    const { outputs, last } = layer.forward(input(), ctx, some());
    const counts = [
      [1, 2, 3, 3, 3, 3, 3],
      [0, 1, 1, 2, 3, 3, 4],
      [0, 0, 0, 0, 0, 0, 0],
    ];
    assertClose(tf.mean(outputs, 2), tf.tanh(tf.tensor2d(counts)), 1e-6);
    assertClose(tf.mean(last, 1), [Math.tanh(3), Math.tanh(4), 0], 1e-6);
  });

  it.each([
    ["a closed input gate writes nothing", [-50, 50, 50, 50], 0],
    ["a closed forget gate remembers one step", [50, -50, 50, 50], Math.tanh(1)],
    ["a cell gate of −1 counts down", [50, 50, -50, 50], Math.tanh(-steps)],
    ["a closed output gate shows nothing", [50, 50, 50, -50], 0],
    ["half-open gates approach a geometric sum", [0, 0, 50, 50], Math.tanh(1 - 2 ** -steps)],
  ])("%s", (_, gates, expected) => {
    const layer = make();
    setBias(layer, ...gates);
    assertClose(layer.forward(input(), ctx).last, tf.fill([batch, hidden], expected), 1e-6);
  });

  it("passes over padding wherever it is, even NaN", () => {
    const [layer, x, mask] = [make(), input(), some()];
    const poisoned = tf.where(nn.expandMask(mask, 3), x, tf.fill(x.shape, NaN)) as tf.Tensor3D;
    assertClose(both(layer, poisoned, mask), both(layer, x, mask), 0);
    const real = tf.gather(sample(x, 1), tf.tensor1d([1, 3, 4, 6], "int32"), 1);
    assertClose(sample(layer.forward(x, ctx, mask).last, 1), layer.forward(real as tf.Tensor3D, ctx).last, 1e-6);
    const gradient = tf.grad((x) => both(layer, x, mask))(poisoned);
    assertClose(tf.where(nn.expandMask(mask, 3), tf.zeros(x.shape), gradient), tf.zeros(x.shape), 0);
    const loss = (x: tf.Tensor) => () => tf.sum(both(layer, x, mask)) as tf.Scalar;
    const [actual, expected] = [poisoned, x].map((x) => nn.valueAndGradients(layer.params, loss(x)).gradients);
    for (const name of Object.keys(layer.params)) assertClose(actual![name]!, expected![name]!, 0);
  });

  it("gives a sample the same alone as in a batch, and a mask of ones is none", () => {
    const [layer, x, mask] = [make(), input(), some()];
    for (let at = 0; at < batch; at++)
      assertClose(both(layer, sample(x, at), sample(mask, at) as tf.Tensor2D), sample(both(layer, x, mask), at), 1e-6);
    assertClose(both(layer, x, tf.ones([batch, steps])), both(layer, x, null), 0);
    assertClose(both(layer, x, tf.cast(mask, "bool")), both(layer, x, mask), 0);
  });

  it("ends with its last output, and starts a sequence of one step from zero", () => {
    const [layer, x] = [make(), input()];
    const { outputs, last } = layer.forward(x, ctx, some());
    assertClose(last, tf.squeeze(tf.slice(outputs, [0, steps - 1, 0], [batch, 1, hidden]), [1]), 0);
    const first = tf.slice(x, 0, [batch, 1, inputs]);
    assertClose(
      layer.forward(first, ctx).last,
      tf.squeeze(tf.slice(layer.forward(x, ctx).outputs, 0, [batch, 1, hidden]), [1]),
      1e-6,
    );
  });

  it("has the gradient of finite differences for one step", () => {
    const [layer, x] = [make(), randomTensor<tf.Tensor3D>([batch, 1, inputs])];
    assertGradient((x) => layer.forward(x as tf.Tensor3D, ctx).last, [x]);
    assertParamGradient(layer, () => layer.forward(x, ctx).last);
  });

  it("has finite gradients where nothing is real", () => {
    const [layer, mask] = [make(), tf.zeros<tf.Rank.R2>([batch, steps])];
    assertClose(tf.grad((x) => both(layer, x, mask))(input()), tf.zeros([batch, steps, inputs]), 0);
    const { gradients } = nn.valueAndGradients(layer.params, () => tf.sum(both(layer, input(), mask)));
    for (const [name, param] of Object.entries(layer.params)) assertClose(gradients[name]!, tf.zeros(param.shape), 0);
  });

  it("leaves nothing behind", () => {
    const [layer, x, mask] = [make(), input(), some()];
    assertNoLeak(() => ({ ...layer.forward(x, ctx, mask) }));
    assertNoLeak(() => make().dispose());
  });

  it("says what does not fit", () => {
    expect(() => make().forward(tf.zeros([batch, steps, 4]), ctx)).toThrow(
      "lstm: expected `x` of shape [batch, steps, 2], got [3, 7, 4].",
    );
    expect(() => make().forward(input(), ctx, tf.ones([batch, 2]))).toThrow("lstm: expected `mask` of shape");
    expect(() => make().forward(tf.zeros([batch, 0, inputs]), ctx)).toThrow("lstm: expected `x` with at least one");
    expect(() => make().forward(tf.ones([batch, steps, inputs], "int32"), ctx)).toThrow("lstm: expected `x` of dtype");
  });
});

it("starts as PyTorch's, uniform in ±1 / √hidden, biases too, and no two params alike", () => {
  const layer = nn.lstm({ in: 17, hidden: 16, seed: 1 });
  expect(Object.entries(layer.params).map(([name, { shape }]) => [name, shape])).toEqual([
    ["weight_ih_l0", [17, 64]],
    ["weight_hh_l0", [16, 64]],
    ["bias_ih_l0", [64]],
    ["bias_hh_l0", [64]],
  ]);
  for (const param of Object.values(layer.params)) {
    const values = Array.from(param.dataSync());
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1 / 4);
    expect(Math.max(...values)).toBeGreaterThan(0.2);
    expect(Math.min(...values)).toBeLessThan(-0.2);
  }
  const [ih, hh] = [layer.params["bias_ih_l0"]!, layer.params["bias_hh_l0"]!];
  expect(() => assertClose(ih, hh, 1e-2)).toThrow("assertClose");
  expect(() => nn.lstm({ in: 3, hidden: 0 })).toThrow("lstm: `hidden` must be a whole number of at least 1, got 0.");
});
