import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import * as nn from "../../src/index.js";
import { assertClose } from "../../src/testing/index.js";

type Named = Record<string, number[] | number[][]>;

/** What lstm.py of this folder printed with torch 2.13.0 on CPU. */
const torch = JSON.parse(readFileSync(new URL("lstm.json", import.meta.url), "utf8")) as {
  lengths: number[];
  weights: Named;
  x: number[][][];
  outputs: number[][][];
  last: number[][];
  gradients: Named;
  xGradient: number[][][];
};

const [IN, HIDDEN] = [3, 5];
const ctx = nn.inferenceContext();
const tensors = (values: Named) => Object.fromEntries(Object.entries(values).map(([name, v]) => [name, tf.tensor(v)]));

function loaded() {
  const lstm = nn.lstm({ in: IN, hidden: HIDDEN });
  const report = nn.loadWeights(lstm, tensors(torch.weights), { from: "pytorch" });
  return { lstm, report };
}

const input = () => {
  const steps = torch.x[0]!.length;
  const real = torch.lengths.map((length) => Array.from({ length: steps }, (_, step) => (step < length ? 1 : 0)));
  return { x: tf.tensor3d(torch.x), mask: tf.tensor2d(real) };
};

describeOnEngines("the numbers of torch.nn.LSTM", () => {
  it("takes its weights by their names", () => {
    const { lstm, report } = loaded();
    expect([...report.loaded].sort()).toEqual(Object.keys(torch.weights).sort());
    expect([...report.reshaped].sort()).toEqual(["weight_hh_l0", "weight_ih_l0"]);
    assertClose(tf.transpose(lstm.params["weight_ih_l0"]!), tf.tensor(torch.weights["weight_ih_l0"]!), 1e-6);
  });

  it("computes the same states, for sequences of 4, 0, 1, 7 and 6 steps in one batch", () => {
    const { x, mask } = input();
    const { outputs, last } = loaded().lstm.forward(x, ctx, mask);
    assertClose(last, tf.tensor(torch.last));
    torch.outputs.forEach((states, sample) => {
      if (states.length > 0)
        assertClose(tf.slice(outputs, [sample, 0, 0], [1, states.length, HIDDEN]), tf.tensor([states]));
    });
  });

  it("has the same gradients", () => {
    const { x, mask } = input();
    const { lstm } = loaded();
    const loss = (x: tf.Tensor): tf.Scalar =>
      tf.sum(tf.mul(tf.square(lstm.forward(x as tf.Tensor3D, ctx, mask).last), [1, 2, 3, 4, 5]));
    assertClose(tf.grad(loss)(x), tf.tensor(torch.xGradient));
    const { gradients } = nn.valueAndGradients(lstm.params, () => loss(x));
    for (const [name, expected] of Object.entries(tensors(torch.gradients)))
      assertClose(gradients[name]!, expected.rank === 2 ? tf.transpose(expected) : expected);
  });
});
