import { readFileSync } from "node:fs";
import { assertClose } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import { adamW, fit, oneCycle, sgd, type Optimizer, type Schedule, type Schedules } from "../../src/index.js";
import { holder, nothing } from "../support.js";

/** What one_cycle.py of this folder printed with torch 2.13.0 on CPU. */
const torch = JSON.parse(readFileSync(new URL("one-cycle.json", import.meta.url), "utf8")) as Record<
  string,
  { rates: number[]; momenta: number[]; end: number[] }
>;

const START = [1, -2, 0.5, 3, -0.25];
const cycle = { max: 0.1, warmup: 0.25, div: 10, finalDiv: 1000 };
const momentum = { momentum: 0.9, weightDecay: 5e-4 };

/** 24 steps down Σ (i + 1) x² / 2 − x / 2. */
async function train(optimizer: Optimizer, schedule: Schedule | Schedules) {
  const module = holder({ w: START });
  const loss = () => {
    const w = module.params["w"]!;
    return tf.sum(tf.sub(tf.mul(tf.square(w), [0.5, 1, 1.5, 2, 2.5]), tf.mul(w, 0.5)));
  };
  const { steps } = await fit({ module, loss, batches: nothing(), steps: 24, optimizer, schedule });
  const end = Array.from(module.params["w"]!.dataSync());
  module.dispose();
  return { steps, end };
}

describeOnEngines("the steps of PyTorch under OneCycleLR", () => {
  it.each([
    ["sgd", sgd(momentum), oneCycle({ ...cycle, cycle: { momentum: [0.95, 0.85] } }), "momentum"],
    [
      "sgd, nesterov",
      sgd({ ...momentum, nesterov: true }),
      oneCycle({ ...cycle, cycle: { momentum: [0.95, 0.85] } }),
      "momentum",
    ],
    ["adamW", adamW(), oneCycle({ ...cycle, cycle: { beta1: [0.95, 0.85] } }), "beta1"],
  ] as const)("%s, momentum cycled: rates, momenta and where they lead", async (name, optimizer, schedule, cycled) => {
    const { steps, end } = await train(optimizer, schedule);
    const { rates, momenta, end: expected } = torch[name]!;
    assertClose(steps["learningRate"]!, rates, 1e-7);
    assertClose(steps[cycled]!, momenta, 1e-7);
    assertClose(end, expected, 2e-6);
  });

  it("sgd, momentum not cycled, ends elsewhere", async () => {
    const { steps, end } = await train(sgd(momentum), oneCycle(cycle));
    const { rates, end: expected } = torch["sgd, momentum not cycled"]!;
    assertClose(steps["learningRate"]!, rates, 1e-7);
    expect(steps).not.toHaveProperty("momentum");
    assertClose(end, expected, 2e-6);
    expect(() => assertClose(end, torch["sgd"]!.end, 1e-2)).toThrow("assertClose");
  });
});
