import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import { activate, activation, type Activation } from "../../src/index.js";
import { assertClose, assertGradient, randomTensor } from "../../src/testing/index.js";

/** Φ by Simpson's rule from 0. */
function normalCdf(x: number): number {
  const [steps, density] = [400, (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI)];
  let sum = density(0) + density(x);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 0 ? 2 : 4) * density((x * i) / steps);
  return 0.5 + (sum * x) / steps / 3;
}

const FORMULAS: Readonly<Record<Activation, (x: number) => number>> = {
  relu: (x) => Math.max(x, 0),
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  gelu: (x) => x * normalCdf(x),
  silu: (x) => x / (1 + Math.exp(-x)),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  tanh: Math.tanh,
  linear: (x) => x,
};

describeOnEngines("activate", () => {
  const xs = [-20, -6, -1.5, -0.5, 0, 0.3, 1, 2.5, 6, 7, 20];

  it.each(Object.entries(FORMULAS))("%s is its formula", (kind, formula) =>
    assertClose(activate(tf.tensor1d(xs), kind as Activation), xs.map(formula), 2e-6),
  );

  it("gelu has no NaN far out, nor has its gradient", () => {
    const { value, grad } = tf.valueAndGrad((x) => activate(x, "gelu"))(tf.tensor1d([-1e4, 1e4]));
    assertClose(value, [0, 1e4]);
    assertClose(grad, [0, 1]);
  });

  it("elu has no NaN far out, nor has its gradient, which is one where the two halves meet", () => {
    const { value, grad } = tf.valueAndGrad((x) => activate(x, "elu"))(tf.tensor1d([-1e4, -1e-3, 0, 1e-3, 0.5, 1e4]));
    assertClose(value, [-1, Math.expm1(-1e-3), 0, 1e-3, 0.5, 1e4], 1e-7);
    assertClose(grad, [0, Math.exp(-1e-3), 1, 1, 1, 1], 1e-6);
  });

  it("elu has the gradient that finite differences give", () =>
    tf.tidy(() => assertGradient((x) => activate(x!, "elu"), [randomTensor([2, 7])])));
});

it("refuses a kind there is not", () => {
  const message = "`kind` must be one of relu, relu6, gelu, silu, elu, tanh, linear, got swish.";
  expect(() => activate(tf.scalar(1), "swish" as Activation)).toThrow(`activate: ${message}`);
  expect(() => activation("swish" as Activation)).toThrow(`activation: ${message}`);
});
