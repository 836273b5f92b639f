import * as tf from "@tensorflow/tfjs-core";
import { assertRestores, assertSharesNothing } from "@fovea/nn/testing";
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

export const sharesNothing: Law = ({ options, merge, views, mask }) =>
  assertSharesNothing({ make: () => options.make(options.config), run: (fusion) => merge(views, mask, fusion) });

export const restoresFromWeights: Law = ({ options, merge, views, mask }) =>
  assertRestores({ make: () => options.make(options.config), run: (fusion) => merge(views, mask, fusion) });
