import type { LargeImageClassifier } from "@fovea/models";
import type { SamplingPlan } from "@fovea/patch-sampling";
import type { Run, StepEvent } from "@fovea/train";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { looksAt } from "../../src/zoomin/batches.js";
import { beyondChance, covers, likeliest } from "../../src/zoomin/evaluate.js";
import type { LabeledImage } from "../../src/zoomin/scenes.js";

/** A model that only remembers which scenes it was shown, and whether it was to look away. */
function recorder() {
  const shown: [LabeledImage["source"], boolean][] = [];
  const sample: LargeImageClassifier<SamplingPlan>["sample"] = (image, _, options) => {
    shown.push([image as LabeledImage["source"], options?.contrast ?? false]);
    return Promise.resolve({ plan: { regions: [] }, patches: [] });
  };
  return { shown, model: { sample } as LargeImageClassifier<SamplingPlan> };
}

const scenes = (count: number) =>
  Array.from({ length: count }, (_, label) => ({ label, source: { name: `${label}` } }) as LabeledImage);
const run = { startStep: 0 } as Run;
const done = (step: number) => ({ step }) as StepEvent;
const soon = () => new Promise((resolve) => setTimeout(resolve, 5));

describe("looksAt", () => {
  it("looks no sooner than the weights are those that the look is judged with", async () => {
    const { model, shown } = recorder();
    const { batches, gate, seen } = looksAt(model, scenes(5), { batch: 2, seed: 1, contrast: true });
    const first = batches.batch(0);
    await soon();
    expect(shown).toHaveLength(0); // nobody has said where the run begins
    void gate.onStart?.(run);
    (await first).labels.dispose();
    const next = batches.batch(1);
    await soon();
    expect(shown).toHaveLength(4); // two scenes, each also away from attention
    expect(seen(0).attended).toHaveLength(2);
    void gate.onStep?.(done(0), run);
    (await next).labels.dispose();
    expect(shown.map(([, away]) => away)).toEqual([false, true, false, true, false, true, false, true]);
  });

  it("shows every scene once an epoch, in another order each", async () => {
    const { model, shown } = recorder();
    const { batches, gate } = looksAt(model, scenes(7), { batch: 3, seed: 2, contrast: false });
    void gate.onStart?.(run);
    expect(batches.stepsPerEpoch).toBe(3);
    const labels: number[] = [];
    for (let step = 0; step < 6; step++) {
      const batch = await batches.batch(step);
      labels.push(...batch.labels.dataSync());
      tf.dispose(batch);
      void gate.onStep?.(done(step), run);
    }
    const [one, two] = [labels.slice(0, 7), labels.slice(7)];
    expect(one.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(two.toSorted()).toEqual(one.toSorted());
    expect(two).not.toEqual(one);
    expect(shown.map(([{ name }]) => Number(name))).toEqual(labels);
  });
});

describe("a scene that cannot be read in the middle of a run", () => {
  const failing = (onFailure: "throw" | "skip", onSkip: (reason: string) => void = () => undefined) => {
    const { model, shown } = recorder();
    const sample: typeof model.sample = (image, ...rest) =>
      (image as LabeledImage["source"]).name === "1"
        ? Promise.reject(new Error("1: a disk is gone"))
        : model.sample(image, ...rest);
    const looks = looksAt({ ...model, sample }, scenes(4), { batch: 4, seed: 3, contrast: true, onFailure, onSkip });
    void looks.gate.onStart?.(run);
    return { ...looks, shown };
  };

  it("ends it, named", async () => {
    await expect(failing("throw").batches.batch(0)).rejects.toThrow(/image \d: 1: a disk is gone/);
  });

  it("is left out of its batch, and named, where that is asked for; labels go with what was seen", async () => {
    const skipped: string[] = [];
    const { batches, seen, shown } = failing("skip", (reason) => skipped.push(reason));
    const { labels } = await batches.batch(0);
    const looked = shown.filter(([, away]) => !away).map(([{ name }]) => Number(name));
    expect([...labels.dataSync()]).toEqual(looked);
    expect(looked.toSorted()).toEqual([0, 2, 3]);
    expect([seen(0).attended.length, seen(0).away.length]).toEqual([3, 3]);
    expect(skipped).toEqual(["1: a disk is gone"]);
    labels.dispose();
  });
});

it("counts a sign as seen from half of it on", () => {
  const box = { left: 10, top: 20, width: 8, height: 6 };
  const patch = (left: number, top: number) => ({ left, top, width: 16, height: 16 });
  expect(covers(patch(14, 18), box)).toBe(true); // 4 of 8 columns
  expect(covers(patch(15, 18), box)).toBe(false);
  expect(covers(patch(30, 40), box)).toBe(false); // apart in both directions
});

it("takes the largest probability", () => {
  expect(likeliest([0.1, 0.6, 0.3])).toBe(1);
});

it("says of accuracy whether it could be chance", () => {
  expect(beyondChance(0.6, 100, 2)).toBe(false); // the standard error is 5 %
  expect(beyondChance(0.61, 100, 2)).toBe(true);
});
