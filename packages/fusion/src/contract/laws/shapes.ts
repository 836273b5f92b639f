import * as tf from "@tensorflow/tfjs-core";
import { assert } from "../items.js";
import { sliceRow, sliceViews, emptyRow } from "../inputs.js";
import { BATCH, type Law, type Trial } from "../trial.js";

const RANKS = { image: 5, map: 5, tokens: 4, vector: 3, logits: 3 };

export const declaresItself: Law = ({ fusion: { name, at, slots }, views }) => {
  assert(name.length > 0, "`name` is empty, but every error message begins with it");
  assert(at in RANKS, `\`at\` is ${JSON.stringify(at)}, which is none of ${Object.keys(RANKS).join(", ")}`);
  assert(views.rank === RANKS[at], `\`at\` is "${at}", but the views it is tried on are [${views.shape.join(", ")}]`);
  const fine = slots === null || (Number.isInteger(slots) && slots >= 1);
  assert(fine, `\`slots\` is ${slots}, which is neither null nor a number of views`);
};

export const mergesIntoOneShape: Law = ({ fusion, merge, views, mask, count }) => {
  const shapeOf = (some: tf.Tensor, its: tf.Tensor2D | null) => {
    const { shape, dtype } = merge(some, its);
    const [batch, view] = some.shape as [number, number];
    assert(
      shape.length === views.rank - 1 && shape[0] === batch,
      `expected ${view} views to merge into [${batch}, …] of rank ${views.rank - 1}, got [${shape.join(", ")}]`,
    );
    assert(dtype === "float32", `expected merged numbers of float32, got ${dtype}`);
    return shape.slice(fusion.mergeMask ? 2 : 1).join(", "); // only a sequence may grow
  };
  const [one, all] = [shapeOf(sliceViews(views, 0, 1), null), shapeOf(views, null)];
  assert(one === all, `the merged shape depends on the number of views: 1 → […, ${one}], ${count} → […, ${all}]`);
  assert(shapeOf(views, mask) === all, "the merged shape depends on the mask");
};

export const marksRealPositions: Law = (trial) => {
  if (!trial.fusion.mergeMask) return;
  const { views, mask, count } = trial;
  const length = trial.merge(views, mask).shape[1]!;
  const full = marksOf(trial, tf.ones([BATCH, count]), length);
  assert(tf.min(full).dataSync()[0] === 1, "`mergeMask` marks positions as not real although every view is real");
  for (const some of [mask, emptyRow(BATCH, count), tf.zeros<tf.Rank.R2>([BATCH, count])]) {
    const isFull = tf.min(some, 1).dataSync();
    tf.sum(marksOf(trial, some, length), 1)
      .dataSync()
      .forEach((marked, row) => {
        assert(marked >= 1, `\`mergeMask\` marks no position of row ${row} as real`);
        assert(marked < length || isFull[row] === 1, "`mergeMask` marks the positions of a masked view as real");
      });
  }
};

function marksOf({ fusion, views }: Trial, mask: tf.Tensor2D, length: number): tf.Tensor2D {
  const marks = fusion.mergeMask!(mask, views.shape[2]!);
  const expected = `${BATCH},${length}`;
  assert(String(marks.shape) === expected, `expected a \`mergeMask\` of [${expected}], got [${marks.shape}]`);
  assert(
    marks.dataSync().every((mark) => mark === 0 || mark === 1),
    "`mergeMask` has marks that are neither 0 nor 1",
  );
  return marks;
}

export const refusesWrongInput: Law = (trial) => {
  const { fusion, options, views, mask, maxViews } = trial;
  const [batch, count, ...rest] = views.shape as [number, number, ...number[]];
  refuses(trial, "no row", tf.zeros([0, count, ...rest]), null);
  refuses(trial, "no view", tf.zeros([batch, 0, ...rest]), null);
  refuses(trial, "views without their last axis", tf.squeeze(tf.slice(views, [0], [1]), [0]), null);
  refuses(trial, "a mask of another batch", views, sliceRow(mask, 0));
  refuses(trial, "a mask of more views", views, tf.ones([batch, count + 1]));
  if (fusion.slots === null) return;
  refuses(trial, "more views than slots", options.views(BATCH, Math.max(maxViews, fusion.slots) + 1), null);
};

function refuses({ fusion: { name }, merge }: Trial, what: string, views: tf.Tensor, mask: tf.Tensor2D | null): void {
  const before = tf.memory().numTensors;
  let error: unknown = "a value";
  try {
    merge(views, mask);
  } catch (thrown) {
    error = thrown;
  }
  const good = error instanceof RangeError && error.message.startsWith(`${name}: `);
  assert(good, `expected a RangeError that starts with "${name}: " for ${what}, got ${String(error)}`);
  const leaked = tf.memory().numTensors - before;
  assert(leaked === 0, `${leaked} tensors are left behind after ${what} was refused`);
}
