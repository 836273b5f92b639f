import * as tf from "@tensorflow/tfjs-core";
import { expandMask, valueAndGradients } from "@fovea/nn";
import { assertGradient, assertParamGradient, randomTensor } from "@fovea/nn/testing";
import { corruptMasked, emptyRow, indices, liftView, sliceViews } from "../inputs.js";
import { assert } from "../items.js";
import { BATCH, type Law, type Trial } from "../trial.js";

/** Σ w · merge(views), with fixed random weights w. */
function objective({ merge }: Trial, views: tf.Tensor, mask: tf.Tensor2D | null): tf.Scalar {
  const merged = merge(views, mask);
  return tf.sum(tf.mul(merged, randomTensor(merged.shape, 5)));
}

/** The name under which the views are a variable, beside the params. */
const VIEWS = "the views";

/** The gradients of the objective for the params, by name, and for the views. Where there is none: undefined, zeros. */
function gradients(trial: Trial, views: tf.Tensor, mask: tf.Tensor2D | null) {
  return withVariable(views, (x) => {
    const { gradients } = valueAndGradients({ ...trial.fusion.params, [VIEWS]: x }, () => objective(trial, x, mask));
    const { [VIEWS]: ofViews = tf.zerosLike(views), ...ofParams } = gradients;
    return { ofParams, ofViews };
  });
}

function withVariable<T>(views: tf.Tensor, use: (x: tf.Variable) => T): T {
  const x = tf.variable(views);
  try {
    return use(x);
  } finally {
    x.dispose();
  }
}

const largest = (x: tf.Tensor): number => Math.max(...tf.abs(x).dataSync());
const isFinite = (x: tf.Tensor): boolean => x.dataSync().every(Number.isFinite);

export const reachesParams: Law = (trial) => {
  const { ofParams } = gradients(trial, trial.views, null);
  for (const key of Object.keys(trial.fusion.params)) {
    const gradient = ofParams[key];
    assert(gradient !== undefined && largest(gradient) > 1e-6, `no gradient reaches the param \`${key}\``);
  }
};

export const reachesViews: Law = (trial) => {
  for (const view of indices(trial.count)) {
    const { ofViews } = gradients(trial, liftView(trial.views, view), null);
    assert(largest(sliceViews(ofViews, view, 1)) > 0, `no gradient reaches view ${view} although it is real`);
  }
};

export const hasNoGradientForMaskedViews: Law = (trial) => {
  const { views, count } = trial;
  const mask = tf.mul<tf.Tensor2D>(trial.mask, emptyRow(BATCH, count));
  const [clean, spoiled] = [gradients(trial, views, mask), gradients(trial, corruptMasked(views, mask), mask)];
  for (const { ofViews } of [clean, spoiled]) {
    const size = largest(tf.where(expandMask(mask, views.rank), tf.zerosLike(views), ofViews));
    assert(size === 0, `a masked view has a gradient of ${size}`);
  }
  for (const [key, gradient] of Object.entries(spoiled.ofParams)) {
    const change = largest(tf.sub(gradient, clean.ofParams[key]!));
    assert(change <= 1e-4, `what a masked view holds changes the gradient of \`${key}\` by ${change}`);
  }
};

export const hasTrueGradients: Law = ({ fusion, merge, views, mask }) => {
  for (const some of [mask, null]) {
    assertGradient((x) => merge(x!, some), [views], { directions: 2 });
    if (Object.keys(fusion.params).length > 0) assertParamGradient(fusion, () => merge(views, some));
  }
};

export const staysFinite: Law = (trial) => {
  const { views, mask } = trial;
  for (const [what, some] of [
    ["zeros", tf.zerosLike(views)],
    ["large", tf.mul(views, 1e4)],
  ] as const) {
    assert(isFinite(trial.merge(some, mask)), `merged views that are ${what} to values that are not finite`);
    const { ofViews, ofParams } = gradients(trial, some, mask);
    for (const [key, gradient] of Object.entries({ ...ofParams, [VIEWS]: ofViews }))
      assert(isFinite(gradient), `the gradient of \`${key}\` is not finite where the views are ${what}`);
  }
};

export const declaresWhatItLearns: Law = (trial) => {
  withVariable(trial.views, (x) => {
    const { grads } = tf.variableGrads(() => objective(trial, x, null)); // of every variable there is
    const declared = new Set([x, ...Object.values(trial.fusion.params)].map(({ name }) => name));
    const hidden = Object.keys(grads).filter((name) => !declared.has(name)).length;
    assert(hidden === 0, `${hidden} variables that get a gradient are missing in \`params\``);
  });
};
