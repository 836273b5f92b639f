import * as tf from "@tensorflow/tfjs-core";
import { weightsOf } from "@fovea/nn";
import { perturbParams } from "@fovea/nn/testing";
import type { Fusion } from "../../fusion.js";
import { sliceViews } from "../inputs.js";
import { assert, mergedItems, sameItems } from "../items.js";
import { contextOf, using, type Law } from "../trial.js";

export const repeats: Law = (trial) => {
  const { fusion, merge, make, views, mask, pass } = trial;
  const once = merge(views, mask).dataSync();
  const same = (numbers: ArrayLike<number>) => once.every((value, i) => Object.is(value, numbers[i]));
  assert(same(merge(views, mask).dataSync()), "the same views merge to something else the second time");
  const tapped = fusion.merge(views, mask, { ...contextOf(pass), tap: (_, value) => void value.dataSync() });
  assert(same(tapped.dataSync()), "the same views merge to something else when its taps are read");
  using(make(), (other) => assert(same(merge(views, mask, other).dataSync()), "two instances of one config differ"));
};

export const forgetsEarlierCalls: Law = (trial) => {
  const { fusion, make, views, mask, pass } = trial;
  const another = pass === "training" ? "inference" : "training";
  if (Object.keys(fusion.buffers).length === 0) fusion.merge(views, mask, contextOf(another)).dispose();
  const lastRows = <T extends tf.Tensor>(x: T): T => tf.slice(x, [1]) as T;
  for (const [what, some, its] of [
    ["one view", sliceViews(views, 0, 1), null],
    ["all views", views, null],
    ["fewer rows", lastRows(views), null],
    ["masked views", views, mask],
    ["masked views of fewer rows", lastRows(views), lastRows(mask)],
    ["one view again", sliceViews(views, 0, 1), null],
  ] as const)
    using(make(), (fresh) => {
      const same = sameItems(mergedItems(trial, some, its), mergedItems(trial, some, its, fresh));
      assert(same, `${what} merge to something else after earlier calls with other views than in a first call`);
    });
};

export const sharesNothing: Law = (trial) => {
  const { make, views, mask } = trial;
  using(make(), (kept) => {
    const before = mergedItems(trial, views, mask, kept);
    const same = () => {
      try {
        return sameItems(mergedItems(trial, views, mask, kept), before);
      } catch {
        return false; // what it needs is gone
      }
    };
    using(make(), (other) => {
      const own = new Set<tf.Variable>(Object.values(weightsOf(kept)));
      const shared = Object.entries(weightsOf(other)).find(([, weight]) => own.has(weight));
      assert(!shared, `two instances share the weight \`${shared?.[0]}\``);
      assert(same(), "making an instance changes another one");
      perturbParams(other, 2);
      assert(same(), "training an instance changes another one");
    });
    assert(same(), "disposing an instance changes another one");
  });
};

export const restoresFromWeights: Law = (trial) => {
  const { fusion, options, views, mask } = trial;
  using(options.make(options.config), (fresh) => {
    mergedItems(trial, views, mask, fresh); // whatever it remembers from here on must not outlive its weights
    perturbParams(fusion, 2);
    copyWeights(fusion, fresh);
    const same = sameItems(mergedItems(trial, views, mask, fresh), mergedItems(trial, views, mask));
    assert(same, "a fresh instance with the same weights merges to something else");
  });
};

/** Copies the weights by name, as a checkpoint does. @throws Error if names or shapes differ */
function copyWeights(from: Fusion, to: Fusion): void {
  const [source, target] = [weightsOf(from), weightsOf(to)];
  const describe = (weights: typeof source) =>
    Object.entries(weights)
      .map(([key, { shape }]) => `${key} [${shape.join(", ")}]`)
      .sort()
      .join(", ");
  const [saved, expected] = [describe(source), describe(target)];
  assert(saved === expected, `a fresh instance has the weights ${expected} instead of ${saved}`);
  for (const [key, weight] of Object.entries(target)) weight.assign(tf.clone(source[key]!));
}
