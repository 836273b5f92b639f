import * as tf from "@tensorflow/tfjs-core";
import { toTensor, type ImageItem } from "@fovea/data";
import type { FineGrainedSet } from "@fovea/open-datasets";

/** Images [batch, height, width, channels] in −1 … 1 to [batch, dim]. */
export type Features = (images: tf.Tensor4D) => tf.Tensor2D;

/**
 * Learns from x [items, dim] and members [items, classes], one 1 a row; what comes out gives scores [batch, classes]
 * for [batch, dim].
 */
export type Probe = (x: tf.Tensor2D, members: tf.Tensor2D) => (x: tf.Tensor2D) => tf.Tensor2D;

/** Shares of answers that are the class, and of those that are of its family. */
export interface Shares {
  readonly classes: number;
  readonly families: number;
}

/** −|x − m|² + |x|², m being the mean of the class. */
export const nearestMean: Probe = (x, members) => {
  // [classes, dim]
  const means = tf.div<tf.Tensor2D>(tf.matMul(members, x, true), tf.expandDims(tf.sum(members, 0), 1));
  return (x) => tf.sub(tf.mul(2, tf.matMul(x, means, false, true)), tf.sum(tf.square(means), 1));
};

/** Cross-entropy and 0.001 · |weight|², 200 steps from zero over everything at once. */
export const softmaxRegression: Probe = (x, members) => {
  const [dim, classes] = [x.shape[1], members.shape[1]];
  const weight = tf.variable(tf.zeros<tf.Rank.R2>([dim, classes]));
  const bias = tf.variable(tf.zeros<tf.Rank.R1>([classes]));
  const scores = (x: tf.Tensor2D) => tf.add<tf.Tensor2D>(tf.matMul(x, weight), bias);
  const adam = tf.train.adam(0.01);
  for (let step = 0; step < 200; step++)
    adam.minimize(() => {
      const entropy = tf.losses.softmaxCrossEntropy(members, scores(x));
      return tf.add<tf.Scalar>(entropy, tf.mul(0.001, tf.sum(tf.square(weight))));
    });
  return scores;
};

/**
 * What the probe finds in features of a set's images, each feature standardized by its mean and deviation in
 * training.
 */
export async function probe(
  { classes, families, train, validation, test }: FineGrainedSet,
  features: Features,
  learn: Probe,
): Promise<Record<"validation" | "test", Shares>> {
  const labels = train.items.map(({ label }) => label);
  const learned = await encode(train.items, features);
  const standard = standardizer(learned);
  const scores = learn(standard(learned), tf.oneHot(labels, classes.length, 1, 0, "float32") as tf.Tensor2D);
  const score = async (items: readonly ImageItem[]): Promise<Shares> => {
    const answers = tf.argMax(scores(standard(await encode(items, features))), 1).dataSync();
    const share = (right: (answer: number, label: number) => boolean) =>
      items.filter(({ label }, i) => right(answers[i]!, label)).length / items.length;
    return {
      classes: share((answer, label) => answer === label),
      families: share((answer, label) => families[answer] === families[label]),
    };
  };
  return { validation: await score(validation.items), test: await score(test.items) };
}

/** Standardizes features by the mean and the deviation that each has in `learned`, [items, dim]. */
export function standardizer(learned: tf.Tensor2D): (x: tf.Tensor2D) => tf.Tensor2D {
  const { mean, variance } = tf.moments(learned, 0);
  return (x) => tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-6)));
}

/** Features of all images, [items, dim]; 32 images at a time. */
export async function encode(items: readonly ImageItem[], features: Features): Promise<tf.Tensor2D> {
  const parts: tf.Tensor2D[] = [];
  for (let from = 0; from < items.length; from += 32) {
    const pixels = await Promise.all(items.slice(from, from + 32).map((item) => item.load()));
    parts.push(tf.tidy(() => features(toTensor(pixels, "keras"))));
  }
  return tf.concat(parts, 0);
}
