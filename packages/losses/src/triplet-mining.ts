import * as tf from "@tensorflow/tfjs-core";
import { oneHot } from "./one-hot.js";
import type { PairMasks } from "./pair-masks.js";
import { safeDivisor } from "./weighted-mean.js";

/**
 * Chooses triplets of a batch from its distances [batch, batch], and returns their loss and its gradient with respect
 * to the distances, [batch, batch].
 */
export type Mining = (
  distances: tf.Tensor2D,
  masks: PairMasks,
  margin: number,
) => { readonly value: tf.Scalar; readonly gradient: tf.Tensor2D };

/** Takes the farthest positive and the nearest negative for each anchor; the first of several that are equal. */
export const batchHard: Mining = (distances, { same, different }, margin) => {
  const anchors = tf.mul(hasAny(same), hasAny(different)); // [batch, 1]
  const pair = tf.sub(
    oneHotLike(indexOfLargest(distances, same), distances),
    oneHotLike(indexOfSmallest(distances, different), distances),
  );
  const gaps = tf.add(tf.sum(tf.mul(distances, pair), 1, true), margin); // [batch, 1]
  const { hinge, active, count } = hinges(gaps, anchors);
  return { value: tf.div(tf.sum(hinge), count), gradient: tf.div(tf.mul(pair, active), count) };
};

/** Takes every triplet. The mean is over the violated triplets, those with a loss > 0. */
export const batchAll: Mining = (distances, masks, margin) => {
  const triplets = tf.mul(tf.expandDims(masks.same, 2), tf.expandDims(masks.different, 1));
  return meanOverTriplets(distances, triplets as tf.Tensor3D, margin, (active) => active);
};

/**
 * Takes, for each anchor and positive, the nearest of the negatives that are farther than the positive, or the farthest
 * negative if there is none.
 */
export const semiHard: Mining = (distances, { same, different }, margin) => {
  const batch = distances.shape[0];
  const toNegative = tf.tile(tf.expandDims(distances, 1), [1, batch, 1]); // [anchor, positive, negative]
  const beyond = tf.cast(tf.greater(toNegative, tf.expandDims(distances, 2)), "float32");
  const candidates = tf.mul(beyond, tf.expandDims(different, 1));
  const nearest = oneHotLike(indexOfSmallest(toNegative, candidates), toNegative);
  // [anchor, 1, negative]
  const farthest = tf.expandDims(oneHotLike(indexOfLargest(distances, different), distances), 1);
  const chosen = tf.where(tf.cast(hasAny(candidates), "bool"), nearest, tf.tile(farthest, [1, batch, 1]));
  const pairs = tf.mul(same, hasAny(different)); // [anchor, positive]
  return meanOverTriplets(distances, tf.mul(chosen, tf.expandDims(pairs, 2)) as tf.Tensor3D, margin, (_, all) => all);
};

/**
 * The mean hinge loss of triplets [anchor, positive, negative].
 *
 * @param counted - chooses the triplets to average over, from the violated triplets and from all
 */
function meanOverTriplets(
  distances: tf.Tensor2D,
  triplets: tf.Tensor3D,
  margin: number,
  counted: (active: tf.Tensor, all: tf.Tensor) => tf.Tensor,
): ReturnType<Mining> {
  const gaps = tf.add(tf.sub(tf.expandDims(distances, 2), tf.expandDims(distances, 1)), margin);
  const { hinge, active } = hinges(gaps, triplets);
  const count = safeDivisor(tf.sum(counted(active, triplets)));
  return { value: tf.div(tf.sum(hinge), count), gradient: tf.div(tf.sub(tf.sum(active, 2), tf.sum(active, 1)), count) };
}

/** The hinge losses max(0, gap) of the triplets or anchors that count, where they are > 0, and how many count. */
function hinges(gaps: tf.Tensor, counts: tf.Tensor): { hinge: tf.Tensor; active: tf.Tensor; count: tf.Tensor } {
  const hinge = tf.mul(tf.relu(gaps), counts);
  return { hinge, active: tf.cast(tf.greater(hinge, 0), "float32"), count: safeDivisor(tf.sum(counts)) };
}

const hasAny = (mask: tf.Tensor): tf.Tensor => tf.cast(tf.greater(tf.sum(mask, -1, true), 0), "float32");

/** The index of the largest number where `mask` is 1, along the last axis; any index if the mask is 0 everywhere. */
const indexOfLargest = (x: tf.Tensor, mask: tf.Tensor): tf.Tensor =>
  tf.argMax(tf.where(tf.cast(mask, "bool"), x, tf.fill(x.shape, -Infinity)), -1);

const indexOfSmallest = (x: tf.Tensor, mask: tf.Tensor): tf.Tensor => indexOfLargest(tf.neg(x), mask);

const oneHotLike = (index: tf.Tensor, like: tf.Tensor): tf.Tensor =>
  oneHot(tf.cast(index, "int32"), like.shape[like.rank - 1]!);
