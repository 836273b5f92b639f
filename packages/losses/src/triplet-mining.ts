import * as tf from "@tensorflow/tfjs-core";
import { oneHot } from "./one-hot.js";
import type { PairMasks } from "./pair-masks.js";
import { safeDivisor } from "./weighted-mean.js";

/**
 * Which triplets of a batch count, from its distances. `slope` is the gradient of `value` for the distances, [batch,
 * batch].
 */
export type Mining = (
  distances: tf.Tensor2D,
  masks: PairMasks,
  margin: number,
) => { readonly value: tf.Scalar; readonly slope: tf.Tensor2D };

/** For each anchor its furthest positive and its nearest negative; of equals the first. */
export const batchHard: Mining = (distances, { same, different }, margin) => {
  const anchors = tf.mul(hasAny(same), hasAny(different)); // [batch, 1]
  const pair = tf.sub(oneOf(largest(distances, same), distances), oneOf(smallest(distances, different), distances));
  const gaps = tf.add(tf.sum(tf.mul(distances, pair), 1, true), margin); // [batch, 1]
  const { hinge, active, count } = hinges(gaps, anchors);
  return { value: tf.div(tf.sum(hinge), count), slope: tf.div(tf.mul(pair, active), count) };
};

/** Every triplet; the mean is over those that are violated. */
export const batchAll: Mining = (distances, masks, margin) => {
  const triplets = tf.mul(tf.expandDims(masks.same, 2), tf.expandDims(masks.different, 1));
  return overTriplets(distances, triplets as tf.Tensor3D, margin, (active) => active);
};

/**
 * For each anchor and positive the nearest of the negatives that are further than the positive, or else the furthest
 * negative.
 */
export const semiHard: Mining = (distances, { same, different }, margin) => {
  const batch = distances.shape[0];
  const toNegative = tf.tile(tf.expandDims(distances, 1), [1, batch, 1]); // [anchor, positive, negative]
  const beyond = tf.cast(tf.greater(toNegative, tf.expandDims(distances, 2)), "float32");
  const candidates = tf.mul(beyond, tf.expandDims(different, 1));
  const nearest = oneOf(smallest(toNegative, candidates), toNegative);
  const furthest = tf.expandDims(oneOf(largest(distances, different), distances), 1); // [anchor, 1, negative]
  const chosen = tf.where(tf.cast(hasAny(candidates), "bool"), nearest, tf.tile(furthest, [1, batch, 1]));
  const pairs = tf.mul(same, hasAny(different)); // [anchor, positive]
  return overTriplets(distances, tf.mul(chosen, tf.expandDims(pairs, 2)) as tf.Tensor3D, margin, (_, all) => all);
};

/** @param counted - the triplets to average over, of the violated ones and of all, [anchor, positive, negative] */
function overTriplets(
  distances: tf.Tensor2D,
  triplets: tf.Tensor3D,
  margin: number,
  counted: (active: tf.Tensor, all: tf.Tensor) => tf.Tensor,
): ReturnType<Mining> {
  const gaps = tf.add(tf.sub(tf.expandDims(distances, 2), tf.expandDims(distances, 1)), margin);
  const { hinge, active } = hinges(gaps, triplets);
  const count = safeDivisor(tf.sum(counted(active, triplets)));
  return { value: tf.div(tf.sum(hinge), count), slope: tf.div(tf.sub(tf.sum(active, 2), tf.sum(active, 1)), count) };
}

/** [gap]₊ where it counts, and where that is more than 0. */
function hinges(gaps: tf.Tensor, counts: tf.Tensor): { hinge: tf.Tensor; active: tf.Tensor; count: tf.Tensor } {
  const hinge = tf.mul(tf.relu(gaps), counts);
  return { hinge, active: tf.cast(tf.greater(hinge, 0), "float32"), count: safeDivisor(tf.sum(counts)) };
}

const hasAny = (mask: tf.Tensor): tf.Tensor => tf.cast(tf.greater(tf.sum(mask, -1, true), 0), "float32");

/** Where the largest of the masked numbers is, along the last axis; anywhere when none is. */
const largest = (x: tf.Tensor, mask: tf.Tensor): tf.Tensor =>
  tf.argMax(tf.where(tf.cast(mask, "bool"), x, tf.fill(x.shape, -Infinity)), -1);

const smallest = (x: tf.Tensor, mask: tf.Tensor): tf.Tensor => largest(tf.neg(x), mask);

const oneOf = (index: tf.Tensor, like: tf.Tensor): tf.Tensor =>
  oneHot(tf.cast(index, "int32"), like.shape[like.rank - 1]!);
