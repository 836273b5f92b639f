import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adamW, constant, fit, paramGroups, sgd, type Optimizer, type ParamGroup } from "../../src/index.js";
import { checkpointFolder, lastCheckpoint, loadCheckpoint } from "../../src/node/index.js";
import { holder, nothing, numbersOf } from "../support.js";

const names = ["trunk.conv.weight", "trunk.bn.weight", "head.weight"];
const start = () => holder(Object.fromEntries(names.map((name) => [name, [1, -2, 3]])));

/** The params after a few steps down Σ p² / 2, whose gradient is p. */
async function trained(
  optimizer: Optimizer,
  schedule: Parameters<typeof fit>[0]["schedule"] = constant(0.1),
  options: Pick<Parameters<typeof fit>[0], "compile"> = {},
) {
  const module = start();
  const loss = () => tf.div(tf.addN(Object.values(module.params).map((param) => tf.sum(tf.square(param)))), 2);
  await fit({ module, loss, optimizer, schedule, batches: nothing(), steps: 4, ...options });
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

  const pairs: [string, Optimizer, string, Optimizer][] = [
    ["sgd", sgd({ momentum: 0.9, weightDecay: 0.1 }), "adamW", adamW({ beta2: 0.99, weightDecay: 0.2 })],
    ["adamW", adamW(), "sgd", sgd()],
    ["adamW", adamW(), "another adamW", adamW({ beta1: 0.5 })],
  ];
  it.each(pairs)("updates with %s and %s as each would alone, to the bit", async (_, rest, __, own) => {
    const groups: Record<string, ParamGroup> = {
      "trunk.": { optimizer: own },
      "trunk.bn": { optimizer: own, learningRateFactor: 0.5 },
    };
    for (const options of [{ compile: false }, {}]) {
      const by = (optimizer: Optimizer, rate = 0.1) => trained(optimizer, constant(rate), options);
      const found = await by(paramGroups(rest, groups));
      expect(found["trunk.conv.weight"]).toEqual((await by(own))["head.weight"]);
      expect(found["trunk.bn.weight"]).toEqual((await by(own, 0.1 * 0.5))["head.weight"]);
      expect(found["head.weight"]).toEqual((await by(rest))["head.weight"]);
    }
  });

  it("follows schedules of a group, and in it none that are for another optimizer", async () => {
    const rate = (step: number) => 0.1 / (1 + step);
    const momentum = (step: number) => 0.5 + 0.1 * step;
    const own = adamW({ weightDecay: 0.2 });
    const optimizer = paramGroups(sgd({ momentum: 0.9 }), {
      "trunk.": { optimizer: own },
      "trunk.bn": { learningRateFactor: 2 },
    });
    const found = await trained(optimizer, {
      learningRate: rate,
      momentum,
      "learningRate/trunk.": constant(0.01),
      "beta1/trunk.": momentum,
      "momentum/trunk.bn": constant(0.3),
    });
    const alone = { learningRate: constant(0.01), beta1: momentum };
    expect(found["trunk.conv.weight"]).toEqual((await trained(own, alone))["head.weight"]);
    const plain = sgd({ momentum: 0.9 });
    expect(found["head.weight"]).toEqual((await trained(plain, { learningRate: rate, momentum }))["head.weight"]);
    const bn = { learningRate: (step: number) => 2 * rate(step), momentum: constant(0.3) };
    expect(found["trunk.bn.weight"]).toEqual((await trained(plain, bn))["head.weight"]);
  });

  it("has the slots of each optimizer, which a checkpoint keeps by name", async () => {
    const dir = mkdtempSync(join(tmpdir(), "fovea-groups-"));
    const module = start();
    const loss = () => tf.addN(Object.values(module.params).map((param) => tf.sum(param)));
    const optimizer = paramGroups(sgd({ momentum: 0.9 }), { "head.": { optimizer: adamW() } });
    const checkpoint = checkpointFolder({ dir });
    await fit({ module, loss, optimizer, schedule: constant(0.1), batches: nothing(), steps: 2, checkpoint });
    const saved = await loadCheckpoint(lastCheckpoint(dir));
    expect(Object.keys(saved.variables).filter((name) => name.startsWith("optimizer.")).sort()).toEqual([
      "optimizer.count.head.weight", "optimizer.mean.head.weight", "optimizer.momentum.trunk.bn.weight",
      "optimizer.momentum.trunk.conv.weight", "optimizer.variance.head.weight",
    ]); // prettier-ignore
    expect(saved.settings.optimizer).toEqual({ ...sgd({ momentum: 0.9 }).config, groups: { "head.": { optimizer: adamW().config } } }); // prettier-ignore
    saved.dispose();
    module.dispose();
    rmSync(dir, { recursive: true });
  });

  it("takes what is undefined for what is not there", async () => {
    const group: ParamGroup = { optimizer: undefined, learningRateFactor: 0.5, weightDecayFactor: undefined };
    const by = (head: ParamGroup) => trained(paramGroups(sgd({ weightDecay: 0.1 }), { "head.": head }));
    expect(await by(group)).toEqual(await by({ learningRateFactor: 0.5 }));
  });

  it("is clipped by the norm of all groups together", async () => {
    const one = async (optimizer: Optimizer) => {
      const module = holder({ "a.w": [3], "b.w": [4] });
      const loss = () => tf.div(tf.addN(Object.values(module.params).map((param) => tf.sum(tf.square(param)))), 2);
      await fit({ module, loss, optimizer, schedule: constant(1), batches: nothing(), steps: 1, clipNorm: 2.5 });
      const numbers = numbersOf(module);
      module.dispose();
      return numbers;
    };
    const found = await one(paramGroups(sgd(), { "b.": { optimizer: sgd({ momentum: 0.5 }) } }));
    expect(found).toEqual({ "a.w": [3 - 1.5], "b.w": [4 - 2] }); // ‖(3, 4)‖ = 5
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
    await expect(attempt({ "head.": { learningRateFactor: 2, optimizer: adamW() } }, 2)).rejects.toThrow(
      /optimizer\.groups\.head\..*adamW/,
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
    const head = (options: ParamGroup) => paramGroups(sgd(), { "head.": options });
    expect(() => head({ optimizer: paramGroups(adamW(), { "head.w": {} }) })).toThrow("has groups already");
    const noDecay: Optimizer = { ...plain, config: { name: "plain" } };
    expect(() => head({ optimizer: noDecay, weightDecayFactor: 0 })).toThrow("needs an optimizer with `weightDecay`");
    tf.disposeVariables();
  });

  it.each([
    [
      { "learningRate/haed.": constant(0.1) },
      "`learningRate/haed.` is scheduled, but there is no group `haed.`; there are trunk., head.",
    ],
    [{ "learningRate/head.": constant(-1) }, "expected `learningRate/head.` to be at least 0, got -1."],
    [{ "momentum/head.": constant(0.1) }, "adamW: there is no `momentum` to schedule"],
    [{ "beta1/head.": constant(1) }, "adamW: `beta1` must be at least 0 and less than 1, got 1."],
    [{ beta1: constant(0.9) }, "there is no `beta1` to schedule"],
    [
      { "momentum/trunk.": constant(0.9) },
      "momentum cannot be scheduled: the optimizer follows schedules of the learning rate alone.",
    ],
  ])("refuses schedules that a group could not follow: %o", async (schedules, message) => {
    const plain: Optimizer = { config: { name: "plain" }, init: () => ({}), update: () => {} };
    const optimizer = paramGroups(sgd(), { "head.": { optimizer: adamW() }, "trunk.": { optimizer: plain } });
    await expect(trained(optimizer, { learningRate: constant(0.1), ...schedules })).rejects.toThrow(message);
    tf.disposeVariables();
  });
});
