import * as tf from "@tensorflow/tfjs-core";
import { weightsOf } from "@fovea/nn";
import { corruptMasked, emptyRow, indices, maskWhere, pickViews } from "../inputs.js";
import { assert, mergedItems, sameItems } from "../items.js";
import { BATCH, type Law } from "../trial.js";

export const treatsOnesLikeNoMask: Law = (trial) =>
  assert(
    sameItems(mergedItems(trial, trial.views, tf.ones([BATCH, trial.count])), mergedItems(trial, trial.views, null)),
    "a mask of ones and no mask merge to different values",
  );

export const readsMasksAlike: Law = (trial) => {
  const { fusion, views, mask } = trial;
  const expected = mergedItems(trial, views, mask);
  const marks = (some: tf.Tensor2D) => String(fusion.mergeMask?.(some, views.shape[2]!).dataSync());
  const others: Readonly<Record<string, tf.Tensor2D>> = {
    bool: tf.cast(mask, "bool"),
    int32: tf.cast(mask, "int32"),
    "0.5 and 0": tf.mul(mask, 0.5),
    "−1 and 0": tf.mul(mask, -1),
    "1, 2, 3, … and 0": tf.mul(mask, tf.range(1, trial.count + 1)), // a weight that is the same for all cancels out
  };
  for (const [what, other] of Object.entries(others)) {
    const same = sameItems(mergedItems(trial, views, other), expected) && marks(other) === marks(mask);
    assert(same, `a mask of ${what} is not read like one of 1 and 0, although all that is not 0 is real`);
  }
};

export const ignoresMaskedViews: Law = (trial) => {
  const { fusion, views, mask } = trial;
  const corrupted = mergedItems(trial, corruptMasked(views, mask), mask);
  for (const [key, weight] of Object.entries(weightsOf(fusion)))
    assert(weight.dataSync().every(Number.isFinite), `what a masked view holds gets into the weight \`${key}\``);
  assert(sameItems(corrupted, mergedItems(trial, views, mask)), "what a masked view holds changes the merged value");
};

/** A set may lack any view, slots can only be cut at the end. */
export const treatsMaskedLikeLeftOut: Law = (trial) => {
  const { fusion, views, count } = trial;
  const all = indices(count);
  const kept = fusion.slots === null ? all.map((gone) => all.filter((view) => view !== gone)) : [all.slice(0, -1)];
  for (const some of [...kept, [0]]) {
    if (some.length === 0) continue;
    const mask = maskWhere(BATCH, count, (_, view) => some.includes(view));
    const same = sameItems(mergedItems(trial, pickViews(views, some), null), mergedItems(trial, views, mask));
    const gone = all.filter((view) => !some.includes(view)).join(", ");
    assert(same, `view ${gone} masked and view ${gone} left out merge to different values`);
  }
};

export const isFiniteForEmptyRows: Law = (trial) => {
  const { views, count } = trial;
  for (const mask of [emptyRow(BATCH, count), tf.zeros<tf.Rank.R2>([BATCH, count])])
    assert(
      sameItems(mergedItems(trial, views, mask), mergedItems(trial, corruptMasked(views, mask), mask)),
      "a row without a real view depends on what its views hold",
    );
};
