import type * as tf from "@tensorflow/tfjs-core";
import { indices, liftView, maskWhere, pickViews, sliceRow } from "../inputs.js";
import { assert, mergedItems, sameItems, sameSets } from "../items.js";
import { BATCH, type Law, type Trial } from "../trial.js";

export const mergesRowsIndependently: Law = (trial) => {
  const { views, mask } = trial;
  const together = mergedItems(trial, views, mask);
  for (let row = 0; row < BATCH; row++) {
    const alone = mergedItems(trial, sliceRow(views, row), sliceRow(mask, row));
    assert(sameItems([together[row]!], alone), `row ${row} merges to something else in a batch of one`);
  }
};

export const dependsOnOrderOnlyWithSlots: Law = (trial) => {
  const { fusion, count } = trial;
  if (count === 1) return;
  const places = indices(count);
  // a turn and a swap make all the others
  const orders = [places.map((i) => (i + 1) % count), [1, 0, ...places.slice(2)]];
  if (fusion.slots === null) {
    const matters = orders.some((order) => orderMatters(trial, order, null) || orderMatters(trial, order, trial.mask));
    return assert(!matters, "`slots` is null, but permuted views merge to something else");
  }
  const matters = orders.some((order) => orderMatters(trial, order, null));
  assert(matters, `\`slots\` is ${fusion.slots}, but permuted views merge to the same`);
  for (const order of orders) permutesWithSlots(trial, order);
};

/** Whether views and mask in another order merge to other items. */
function orderMatters(trial: Trial, order: readonly number[], mask: tf.Tensor2D | null): boolean {
  const before = mergedItems(trial, trial.views, mask);
  return !sameSets(mergedItems(trial, pickViews(trial.views, order), mask && pickViews(mask, order)), before);
}

function permutesWithSlots(trial: Trial, order: readonly number[]): void {
  const { options, fusion, views, mask, count } = trial;
  if (!options.permuteSlots || count !== fusion.slots) return;
  const before = [mergedItems(trial, views, null), mergedItems(trial, views, mask)] as const;
  options.permuteSlots(fusion, order);
  const permuted = pickViews(views, order);
  const same =
    sameSets(mergedItems(trial, permuted, null), before[0]) &&
    sameSets(mergedItems(trial, permuted, pickViews(mask, order)), before[1]);
  assert(same, "views and slots permuted together merge to something else");
}

export const keepsViewsInTheirSlots: Law = (trial) => {
  const { fusion, views, count } = trial;
  if (fusion.slots === null || count === 1) return;
  const masked = mergedItems(
    trial,
    views,
    maskWhere(BATCH, count, (_, view) => view !== 0),
  );
  const moved = mergedItems(trial, pickViews(views, indices(count).slice(1)), null);
  assert(!sameItems(masked, moved), "the views behind a masked one move up into its slot");
};

export const dependsOnEveryView: Law = (trial) => {
  const { views, mask, count } = trial;
  const real = mask.dataSync();
  const before = mergedItems(trial, views, mask);
  for (const view of indices(count)) {
    const after = mergedItems(trial, liftView(views, view), mask);
    for (let row = 0; row < BATCH; row++)
      assert(
        real[row * count + view] === 0 || !sameItems([after[row]!], [before[row]!]),
        `view ${view} has no say in row ${row} although it is real`,
      );
  }
};
