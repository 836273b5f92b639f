import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adamW, constant, fit, paramGroups, sgd, type Optimizer, type ParamGroup } from "../../src/index.js";
import { checkpointFolder } from "../../src/node/index.js";
import { holder, nothing, numbersOf } from "../support.js";

const names = ["trunk.conv.weight", "trunk.bn.weight", "head.weight"];
const start = () => holder(Object.fromEntries(names.map((name) => [name, [1, -2, 3]])));

/** The params after a few steps down Σ p² / 2, whose gradient is p. */
async function trained(optimizer: Optimizer, schedule: Parameters<typeof fit>[0]["schedule"] = constant(0.1)) {
  const module = start();
  const loss = () => tf.div(tf.addN(Object.values(module.params).map((param) => tf.sum(tf.square(param)))), 2);
  await fit({ module, loss, optimizer, schedule, batches: nothing(), steps: 4 });
  const numbers = numbersOf(module);
  module.dispose();
  return numbers;
}

let before: number;
beforeEach(() => void (before = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors).toBe(before));

describe("paramGroups", () => {
  const optimizers: [string, (weightDecay: number) => Optimizer][] = [
    ["sgd", (weightDecay) => sgd({ momentum: 0.9, weightDecay })],
    ["adamW", (weightDecay) => adamW({ weightDecay })],
  ];

  it.each(optimizers)("updates each group as %s alone with that group's numbers does", async (_, make) => {
    const groups: Record<string, ParamGroup> = {
      "trunk.": { learningRateFactor: 0.1 },
      "trunk.bn": { learningRateFactor: 0.5, weightDecayFactor: 0 }, // the longer prefix counts
    };
    const found = await trained(paramGroups(make(0.3), groups));
    expect(found["trunk.conv.weight"]).toEqual((await trained(make(0.3), constant(0.1 * 0.1)))["head.weight"]);
    expect(found["trunk.bn.weight"]).toEqual((await trained(make(0), constant(0.1 * 0.5)))["head.weight"]);
    expect(found["head.weight"]).toEqual((await trained(make(0.3)))["head.weight"]);
  });

  it.each(optimizers)("multiplies a weight decay that %s has from a schedule", async (_, make) => {
    const schedule = { learningRate: constant(0.1), weightDecay: (step: number) => 0.2 * step };
    const found = await trained(paramGroups(make(0.3), { "head.": { weightDecayFactor: 2 } }), schedule);
    const twice = { ...schedule, weightDecay: (step: number) => 0.4 * step };
    expect(found["head.weight"]).toEqual((await trained(make(0.3), twice))["head.weight"]);
    expect(found["trunk.bn.weight"]).toEqual((await trained(make(0.3), schedule))["head.weight"]);
  });

  it("is recorded in checkpoints: a run goes on only with the same groups", async () => {
    const dir = mkdtempSync(join(tmpdir(), "fovea-groups-"));
    const attempt = async (groups: Record<string, ParamGroup>, steps: number) => {
      const module = start();
      const loss = () => tf.sum(module.params["head.weight"]!);
      const options = { module, loss, batches: nothing(), checkpoint: checkpointFolder({ dir }), resume: true };
      try {
        await fit({ ...options, optimizer: paramGroups(sgd(), groups), schedule: constant(0.1), steps });
      } finally {
        module.dispose();
      }
    };
    await attempt({ "head.": { learningRateFactor: 2 } }, 1);
    await expect(attempt({ "head.": { learningRateFactor: 3 } }, 2)).rejects.toThrow(
      /optimizer\.groups\.head\..*learningRateFactor/,
    );
    await attempt({ "head.": { learningRateFactor: 2 } }, 2);
    rmSync(dir, { recursive: true });
  });

  it("refuses what cannot be meant", async () => {
    expect(() => paramGroups(sgd(), {})).toThrow("paramGroups: expected at least one group, got none.");
    expect(() => paramGroups(sgd(), { "head.": { learningRateFactor: -1 } })).toThrow(
      "paramGroups: `learningRateFactor` of `head.` must be a number of at least 0, got -1.",
    );
    expect(() => paramGroups(sgd(), { "head.": { learningRate: 0.1 } as ParamGroup })).toThrow(
      "paramGroups: expected learningRateFactor or weightDecayFactor or optimizer for `head.`, got `learningRate`.",
    );
    const one = paramGroups(sgd(), { "head.": { learningRateFactor: 2 } });
    expect(() => paramGroups(one, { "trunk.": { learningRateFactor: 2 } })).toThrow("has groups already");
    const plain: Optimizer = { config: { name: "plain" }, init: () => ({}), update: () => {} };
    expect(() => paramGroups(plain, { "head.": { weightDecayFactor: 0 } })).toThrow(
      "paramGroups: `weightDecayFactor` of `head.` needs an optimizer with `weightDecay` in its config.",
    );
    await expect(trained(paramGroups(sgd(), { "trnk.": {} }))).rejects.toThrow(
      "paramGroups: no param starts with `trnk.`; there are trunk.conv.weight, trunk.bn.weight, head.weight",
    );
    tf.disposeVariables();
  });
});
