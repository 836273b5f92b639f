import * as tf from "@tensorflow/tfjs-core";
import { inferenceContext, valueAndGradients } from "@fovea/nn";
import { assertGradient, assertParamGradient, randomTensor } from "@fovea/nn/testing";
import type { Fusion } from "../fusion.js";
import { BATCH, corruptMasked, sliceViews, type Property } from "./fixture.js";
import { assert } from "./items.js";

/** Σ w · merge(views), with fixed random weights w. */
function objective(fusion: Fusion, views: tf.Tensor, mask: tf.Tensor2D | null): tf.Scalar {
  const merged = fusion.merge(views, mask, inferenceContext());
  return tf.sum(tf.mul(merged, randomTensor(merged.shape, 5)));
}

/** The name under which the views are a variable, beside the params. */
const VIEWS = "the views";

/**
 * The gradients of the objective with respect to the params, by name, and to the views; undefined where there is none.
 */
function gradients(fusion: Fusion, views: tf.Tensor, mask: tf.Tensor2D | null) {
  return withVariable(views, (x) => {
    const { gradients } = valueAndGradients({ ...fusion.params, [VIEWS]: x }, () => objective(fusion, x, mask));
    const { [VIEWS]: ofViews, ...params } = gradients;
    return { params, views: ofViews };
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

/** Σ |g| over all axes but the first two. @returns [batch, view] as numbers */
const perView = (gradient: tf.Tensor): Float32Array =>
  tf.sum(tf.reshape(tf.abs(gradient), [gradient.shape[0]!, gradient.shape[1]!, -1]), 2).dataSync<"float32">();

export const reachesParamsAndViews: Property = ({ fusion, views }) => {
  const { params, views: ofViews } = gradients(fusion, views, null);
  for (const key of Object.keys(fusion.params)) {
    const gradient = params[key];
    assert(
      gradient !== undefined && tf.sum(tf.abs(gradient)).dataSync()[0]! > 1e-6,
      `${fusion.name}: no gradient reaches the param \`${key}\`.`,
    );
  }
  const alone = sliceViews(views, 0, 1); // concatenating and unstacking one thing is where gradients go wrong
  for (const gradient of [ofViews, gradients(fusion, alone, null).views]) {
    // over the batch: a maximum picks
    const sizes = gradient ? tf.sum(tf.reshape(perView(gradient), [BATCH, -1]), 0).dataSync() : [0];
    const missed = sizes.findIndex((size) => !(size > 0));
    assert(missed < 0, `${fusion.name}: no gradient reaches view ${missed} although it is real.`);
  }
};

export const hasNoGradientForMaskedViews: Property = ({ fusion, views, mask }) => {
  const clean = gradients(fusion, views, mask);
  const spoiled = gradients(fusion, corruptMasked(views, mask), mask);
  const real = mask.dataSync();
  for (const { views: gradient } of [clean, spoiled])
    perView(gradient ?? tf.zerosLike(views)).forEach((size, i) =>
      assert(real[i] !== 0 || size === 0, `${fusion.name}: a masked view has a gradient of ${size}.`),
    );
  for (const [key, gradient] of Object.entries(spoiled.params)) {
    const change = gradient ? tf.max(tf.abs(tf.sub(gradient, clean.params[key]!))).dataSync()[0]! : 0;
    assert(change <= 1e-4, `${fusion.name}: what a masked view holds changes the gradient of \`${key}\` by ${change}.`);
  }
};

export const hasTrueGradients: Property = ({ fusion, views, mask }) => {
  const merge = (x: tf.Tensor) => fusion.merge(x, mask, inferenceContext());
  assertGradient((x) => merge(x!), [views]);
  if (Object.keys(fusion.params).length > 0) assertParamGradient(fusion, () => merge(views));
};

export const declaresWhatItLearns: Property = ({ fusion, views }) => {
  withVariable(views, (x) => {
    const { grads } = tf.variableGrads(() => objective(fusion, x, null)); // of every variable there is
    const declared = new Set([x, ...Object.values(fusion.params)].map(({ name }) => name));
    const hidden = Object.keys(grads).filter((name) => !declared.has(name));
    assert(
      hidden.length === 0,
      `${fusion.name}: ${hidden.length} variables that get a gradient are missing in \`params\`.`,
    );
  });
};
