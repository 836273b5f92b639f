import * as tf from "@tensorflow/tfjs-core";
import { inferenceContext } from "@fovea/nn";
import { randomTensor } from "@fovea/nn/testing";
import { BATCH, permute, see, spoil, takeRow, takeViews, type Bench, type Law } from "./bench.js";
import { insist, sameItems, sameSets } from "./items.js";

export const mergesAnyNumber: Law = ({ fusion, views, most, mask }) => {
  const shapes = Array.from({ length: most }, (_, i) => {
    const merged = fusion.merge(takeViews(views, 0, i + 1), null, inferenceContext());
    const { shape } = merged;
    insist(
      shape.length === views.rank - 1 && shape[0] === BATCH,
      `${fusion.name}: expected ${i + 1} views to merge into [${BATCH}, …] of rank ${views.rank - 1}, got [${shape.join(", ")}].`,
    );
    return shape.slice(fusion.mergeMask ? 2 : 1).join(", "); // only a sequence may grow
  });
  insist(
    new Set(shapes).size === 1,
    `${fusion.name}: the merged shape depends on the number of views: ${shapes.join("; ")}.`,
  );
  const masked = fusion.merge(views, mask, inferenceContext());
  const whole = fusion.merge(views, null, inferenceContext());
  insist(String(masked.shape) === String(whole.shape), `${fusion.name}: the merged shape depends on the mask.`);
};

export const marksRealPositions: Law = ({ fusion, views, mask, most }) => {
  if (!fusion.mergeMask) return;
  const merged = fusion.merge(views, mask, inferenceContext());
  const marksOf = (some: tf.Tensor2D) => {
    const marks = fusion.mergeMask!(some, views.shape[2]!);
    const expected = `${BATCH},${merged.shape[1]}`;
    insist(
      String(marks.shape) === expected,
      `${fusion.name}.mergeMask: expected shape [${expected}], got [${marks.shape}].`,
    );
    return marks;
  };
  const full = marksOf(tf.ones([BATCH, most])).dataSync();
  insist(
    full.every((mark) => mark === 1),
    `${fusion.name}.mergeMask: not all ones although every view is real.`,
  );
  for (const some of [mask, tf.zeros<tf.Rank.R2>([BATCH, most])]) {
    const counts = tf.sum(marksOf(some), 1).dataSync();
    insist(
      counts.every((count) => count >= 1),
      `${fusion.name}.mergeMask: a row without any real position.`,
    );
    const fewer = most === 1 || counts.every((count) => count < merged.shape[1]!);
    insist(fewer, `${fusion.name}.mergeMask: marks the positions of a masked view as real.`);
  }
};

export const keepsRowsApart: Law = ({ fusion, views, mask }) => {
  const together = see(fusion, views, mask);
  for (let row = 0; row < BATCH; row++) {
    const alone = see(fusion, takeRow(views, row), takeRow(mask, row));
    insist(
      sameItems([together[row]!], alone),
      `${fusion.name}: row ${row} merges to something else in a batch of one.`,
    );
  }
};

export const treatsOrderAsDeclared: Law = (bench) => {
  const { fusion, views, most } = bench;
  if (most === 1) return;
  const places = Array.from({ length: most }, (_, i) => i);
  // a turn and a swap make all the others
  const orders = [places.map((i) => (i + 1) % most), [1, 0, ...places.slice(2)]];
  const before = see(fusion, views, null);
  const matters = orders.some((order) => !sameSets(see(fusion, permute(views, order), null), before));
  if (fusion.slots === null)
    return insist(!matters, `${fusion.name}: \`slots\` is null, but permuted views merge to something else.`);
  insist(matters, `${fusion.name}: \`slots\` is ${fusion.slots}, but permuted views merge to the same.`);
  for (const order of orders) obeysJointLaw(bench, order);
};

const obeysJointLaw: (bench: Bench, order: readonly number[]) => void = ({ options, fusion, views, most }, order) => {
  if (!options.permuteSlots || most !== fusion.slots) return;
  const before = see(fusion, views, null);
  options.permuteSlots(fusion, order);
  const after = see(fusion, permute(views, order), null);
  insist(sameSets(after, before), `${fusion.name}: views and slots permuted together merge to something else.`);
};

export const readsOnesAsNoMask: Law = ({ fusion, views, most }) =>
  insist(
    sameItems(see(fusion, views, tf.ones([BATCH, most])), see(fusion, views, null)),
    `${fusion.name}: a mask of ones and no mask merge to different values.`,
  );

export const ignoresMaskedViews: Law = ({ fusion, views, mask }) =>
  insist(
    sameItems(see(fusion, spoil(views, mask), mask), see(fusion, views, mask)),
    `${fusion.name}: what a masked view holds changes the merged value.`,
  );

/** A set may lack any view, slots can only be cut at the end. */
export const readsMaskedAsAbsent: Law = ({ fusion, views, most }) => {
  if (most === 1) return;
  for (let gone = fusion.slots === null ? 0 : most - 1; gone < most; gone++) {
    const places = Array.from({ length: most }, (_, view) => view);
    const mask = tf.tensor2d(Array.from({ length: BATCH }, () => places.map((view) => (view === gone ? 0 : 1))));
    const without = permute(
      views,
      places.filter((view) => view !== gone),
    );
    insist(
      sameItems(see(fusion, views, mask), see(fusion, without, null)),
      `${fusion.name}: view ${gone} masked and view ${gone} left out merge to different values.`,
    );
  }
};

export const survivesEmptyRows: Law = ({ fusion, views, most }) => {
  const mask = tf.tensor2d(Array.from({ length: BATCH }, (_, row) => Array<number>(most).fill(row === 1 ? 0 : 1)));
  const [one, other] = [see(fusion, views, mask), see(fusion, spoil(views, mask), mask)];
  insist(sameItems(one, other), `${fusion.name}: a row without a real view depends on what its views hold.`);
};

export const listensToEveryView: Law = ({ fusion, views, mask, most }) => {
  const real = mask.dataSync();
  const before = see(fusion, views, mask);
  for (let view = 0; view < most; view++) {
    const change = Array.from({ length: most }, () => tf.zeros([BATCH, 1, ...views.shape.slice(2)]));
    change[view] = tf.mul(randomTensor(change[view]!.shape, 3), 10);
    const after = see(fusion, tf.add(views, tf.concat(change, 1)), mask);
    for (let row = 0; row < BATCH; row++) {
      if (real[row * most + view] === 0) continue;
      insist(!sameItems([after[row]!], [before[row]!]), `${fusion.name}: view ${view} has no say although it is real.`);
    }
  }
};

export const refusesWrongInput: Law = ({ fusion, options, views, mask, most }) => {
  const [batch, , ...rest] = views.shape as [number, ...number[]];
  refuses(fusion.name, "no view", () => fusion.merge(tf.zeros([batch, 0, ...rest]), null, inferenceContext()));
  refuses(fusion.name, "views without their last axis", () =>
    fusion.merge(tf.squeeze(tf.slice(views, [0], [1]), [0]), null, inferenceContext()),
  );
  refuses(fusion.name, "a mask of another batch", () => fusion.merge(views, takeRow(mask, 0), inferenceContext()));
  if (fusion.slots === null) return;
  const tooMany = options.views(BATCH, Math.max(most, fusion.slots) + 1);
  refuses(fusion.name, "more views than slots", () => fusion.merge(tooMany, null, inferenceContext()));
};

function refuses(name: string, what: string, run: () => unknown): void {
  try {
    run();
  } catch (error) {
    const good = error instanceof RangeError && error.message.startsWith(`${name}: `);
    return insist(
      good,
      `${name}: expected a RangeError that starts with "${name}: " for ${what}, got ${String(error)}.`,
    );
  }
  throw new Error(`${name}: expected a RangeError for ${what}, got a value.`);
}
