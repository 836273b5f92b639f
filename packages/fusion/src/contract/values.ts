import * as tf from "@tensorflow/tfjs-core";
import { inferenceContext } from "@fovea/nn";
import { randomTensor } from "@fovea/nn/testing";
import {
  BATCH,
  permuteViews,
  mergedItems,
  corruptMasked,
  sliceRow,
  sliceViews,
  type Fixture,
  type Property,
} from "./fixture.js";
import { assert, sameItems, sameSets } from "./items.js";

export const mergesAnyNumber: Property = ({ fusion, views, maxViews, mask }) => {
  const shapes = Array.from({ length: maxViews }, (_, i) => {
    const merged = fusion.merge(sliceViews(views, 0, i + 1), null, inferenceContext());
    const { shape } = merged;
    assert(
      shape.length === views.rank - 1 && shape[0] === BATCH,
      `${fusion.name}: expected ${i + 1} views to merge into [${BATCH}, …] of rank ${views.rank - 1}, got [${shape.join(", ")}].`,
    );
    return shape.slice(fusion.mergeMask ? 2 : 1).join(", "); // only a sequence may grow
  });
  assert(
    new Set(shapes).size === 1,
    `${fusion.name}: the merged shape depends on the number of views: ${shapes.join("; ")}.`,
  );
  const masked = fusion.merge(views, mask, inferenceContext());
  const unmasked = fusion.merge(views, null, inferenceContext());
  assert(String(masked.shape) === String(unmasked.shape), `${fusion.name}: the merged shape depends on the mask.`);
};

export const marksRealPositions: Property = ({ fusion, views, mask, maxViews }) => {
  if (!fusion.mergeMask) return;
  const merged = fusion.merge(views, mask, inferenceContext());
  const marksOf = (some: tf.Tensor2D) => {
    const marks = fusion.mergeMask!(some, views.shape[2]!);
    const expected = `${BATCH},${merged.shape[1]}`;
    assert(
      String(marks.shape) === expected,
      `${fusion.name}.mergeMask: expected shape [${expected}], got [${marks.shape}].`,
    );
    return marks;
  };
  const full = marksOf(tf.ones([BATCH, maxViews])).dataSync();
  assert(
    full.every((mark) => mark === 1),
    `${fusion.name}.mergeMask: not all ones although every view is real.`,
  );
  for (const some of [mask, tf.zeros<tf.Rank.R2>([BATCH, maxViews])]) {
    const counts = tf.sum(marksOf(some), 1).dataSync();
    assert(
      counts.every((count) => count >= 1),
      `${fusion.name}.mergeMask: a row without any real position.`,
    );
    const fewer = maxViews === 1 || counts.every((count) => count < merged.shape[1]!);
    assert(fewer, `${fusion.name}.mergeMask: marks the positions of a masked view as real.`);
  }
};

export const mergesRowsIndependently: Property = ({ fusion, views, mask }) => {
  const together = mergedItems(fusion, views, mask);
  for (let row = 0; row < BATCH; row++) {
    const alone = mergedItems(fusion, sliceRow(views, row), sliceRow(mask, row));
    assert(
      sameItems([together[row]!], alone),
      `${fusion.name}: row ${row} merges to something else in a batch of one.`,
    );
  }
};

export const dependsOnOrderOnlyWithSlots: Property = (fixture) => {
  const { fusion, views, maxViews } = fixture;
  if (maxViews === 1) return;
  const places = Array.from({ length: maxViews }, (_, i) => i);
  // a turn and a swap make all the others
  const orders = [places.map((i) => (i + 1) % maxViews), [1, 0, ...places.slice(2)]];
  const before = mergedItems(fusion, views, null);
  const matters = orders.some((order) => !sameSets(mergedItems(fusion, permuteViews(views, order), null), before));
  if (fusion.slots === null)
    return assert(!matters, `${fusion.name}: \`slots\` is null, but permuted views merge to something else.`);
  assert(matters, `${fusion.name}: \`slots\` is ${fusion.slots}, but permuted views merge to the same.`);
  for (const order of orders) permutesWithSlots(fixture, order);
};

const permutesWithSlots: (fixture: Fixture, order: readonly number[]) => void = (
  { options, fusion, views, maxViews },
  order,
) => {
  if (!options.permuteSlots || maxViews !== fusion.slots) return;
  const before = mergedItems(fusion, views, null);
  options.permuteSlots(fusion, order);
  const after = mergedItems(fusion, permuteViews(views, order), null);
  assert(sameSets(after, before), `${fusion.name}: views and slots permuted together merge to something else.`);
};

export const treatsOnesLikeNoMask: Property = ({ fusion, views, maxViews }) =>
  assert(
    sameItems(mergedItems(fusion, views, tf.ones([BATCH, maxViews])), mergedItems(fusion, views, null)),
    `${fusion.name}: a mask of ones and no mask merge to different values.`,
  );

export const ignoresMaskedViews: Property = ({ fusion, views, mask }) =>
  assert(
    sameItems(mergedItems(fusion, corruptMasked(views, mask), mask), mergedItems(fusion, views, mask)),
    `${fusion.name}: what a masked view holds changes the merged value.`,
  );

/** A set may lack any view, slots can only be cut at the end. */
export const treatsMaskedLikeLeftOut: Property = ({ fusion, views, maxViews }) => {
  if (maxViews === 1) return;
  for (let gone = fusion.slots === null ? 0 : maxViews - 1; gone < maxViews; gone++) {
    const places = Array.from({ length: maxViews }, (_, view) => view);
    const mask = tf.tensor2d(Array.from({ length: BATCH }, () => places.map((view) => (view === gone ? 0 : 1))));
    const without = permuteViews(
      views,
      places.filter((view) => view !== gone),
    );
    assert(
      sameItems(mergedItems(fusion, views, mask), mergedItems(fusion, without, null)),
      `${fusion.name}: view ${gone} masked and view ${gone} left out merge to different values.`,
    );
  }
};

export const isFiniteForEmptyRows: Property = ({ fusion, views, maxViews }) => {
  const mask = tf.tensor2d(Array.from({ length: BATCH }, (_, row) => Array<number>(maxViews).fill(row === 1 ? 0 : 1)));
  const [one, other] = [mergedItems(fusion, views, mask), mergedItems(fusion, corruptMasked(views, mask), mask)];
  assert(sameItems(one, other), `${fusion.name}: a row without a real view depends on what its views hold.`);
};

export const dependsOnEveryView: Property = ({ fusion, views, mask, maxViews }) => {
  const real = mask.dataSync();
  const before = mergedItems(fusion, views, mask);
  for (let view = 0; view < maxViews; view++) {
    const change = Array.from({ length: maxViews }, () => tf.zeros([BATCH, 1, ...views.shape.slice(2)]));
    change[view] = tf.mul(randomTensor(change[view]!.shape, 3), 10);
    const after = mergedItems(fusion, tf.add(views, tf.concat(change, 1)), mask);
    for (let row = 0; row < BATCH; row++) {
      if (real[row * maxViews + view] === 0) continue;
      assert(!sameItems([after[row]!], [before[row]!]), `${fusion.name}: view ${view} has no say although it is real.`);
    }
  }
};

export const refusesWrongInput: Property = ({ fusion, options, views, mask, maxViews }) => {
  const [batch, , ...rest] = views.shape as [number, ...number[]];
  refuses(fusion.name, "no view", () => fusion.merge(tf.zeros([batch, 0, ...rest]), null, inferenceContext()));
  refuses(fusion.name, "views without their last axis", () =>
    fusion.merge(tf.squeeze(tf.slice(views, [0], [1]), [0]), null, inferenceContext()),
  );
  refuses(fusion.name, "a mask of another batch", () => fusion.merge(views, sliceRow(mask, 0), inferenceContext()));
  if (fusion.slots === null) return;
  const tooMany = options.views(BATCH, Math.max(maxViews, fusion.slots) + 1);
  refuses(fusion.name, "more views than slots", () => fusion.merge(tooMany, null, inferenceContext()));
};

function refuses(name: string, what: string, run: () => unknown): void {
  try {
    run();
  } catch (error) {
    const good = error instanceof RangeError && error.message.startsWith(`${name}: `);
    return assert(
      good,
      `${name}: expected a RangeError that starts with "${name}: " for ${what}, got ${String(error)}.`,
    );
  }
  throw new Error(`${name}: expected a RangeError for ${what}, got a value.`);
}
