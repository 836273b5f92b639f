import { matchShapes, scope, type Context, type Module } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { PlanOptions } from "./glance.js";
import {
  readBlock,
  type FeatureNetwork,
  type Picture,
  type PixelBlock,
  type Region,
  type ToTensor,
} from "./picture.js";

/** Where a sampler looks in one picture. */
export interface Plan {
  /** What is to be read, at full resolution. */
  readonly regions: readonly Region[];
}

/** A plan, and what was read for it: one block a region, in their order. */
export interface Seen<P extends Plan = Plan> {
  readonly plan: P;
  readonly patches: readonly PixelBlock[];
}

/**
 * Looks at a picture that is too large to be looked at, in three steps, because reading waits for a disk and a tape
 * does not: `plan` where to look, `read` it, `estimate` what was seen. Only `estimate` is to be differentiated.
 */
export interface Sampler<P extends Plan = Plan> extends Module {
  /**
   * Each picture is to have a context with a generator of its own, such as `trainingContext(rng(seed).split(step, i))`.
   */
  plan(picture: Picture, ctx: Context, options?: PlanOptions): Promise<P>;
  /** All regions of a plan at once. @throws what `picture.read` throws */
  read(picture: Picture, plan: P): Promise<Seen<P>>;
  /** Any number of pictures, of any sizes. */
  estimate(seen: readonly Seen<P>[], ctx: Context): Estimate;
}

/** What was seen. */
export interface Estimate {
  /** The attended mean of each picture's features, [batch, dim]. */
  readonly vectors: tf.Tensor2D;
  /** Mean over the pictures of sum p log p, of all attention of a picture: see `negativeEntropy`. */
  readonly negativeEntropy: tf.Scalar;
}

/** What the patches of all pictures count, one after another, and the attention that says so. */
export interface Weighing {
  /** [patches] */
  readonly weights: tf.Tensor1D;
  /** sum p log p, of all attention of all pictures. */
  readonly negativeEntropy: tf.Scalar;
}

export const readAll = async <P extends Plan>(picture: Picture, plan: P): Promise<Seen<P>> => ({
  plan,
  patches: await Promise.all(plan.regions.map((region) => readBlock(picture, region))),
});

/** Bytes as numbers in [0, 1]. */
export const toUnitRange: ToTensor = (blocks) => {
  const [{ width, height }] = blocks as [PixelBlock];
  const bytes = new Float32Array(blocks.length * height * width * 3);
  blocks.forEach(({ data }, i) => bytes.set(data, i * height * width * 3));
  return tf.tidy(() => tf.div(tf.tensor4d(bytes, [blocks.length, height, width, 3]), 255));
};

export function requirePictures(who: string, seen: readonly Seen[]): void {
  if (seen.length === 0) throw new RangeError(`${who}: expected at least one picture, got none.`);
}

/** sum_k weights_k f_k for each picture, with f of length 1: the best that attention can be drawn from. */
export function estimateOf<P extends Plan>(
  who: string,
  { features, toTensor }: { readonly features: FeatureNetwork; readonly toTensor: ToTensor },
  seen: readonly Seen<P>[],
  weigh: (plans: readonly P[]) => Weighing,
  ctx: Context,
): Estimate {
  requirePictures(who, seen);
  return tf.tidy(() => {
    const patches = seen.flatMap(({ patches }) => patches);
    const found = features.forward(toTensor(patches), scope(ctx, "features"));
    matchShapes(who, { features: `${patches.length} dim` }, { features: found });
    const { weights, negativeEntropy } = weigh(seen.map(({ plan }) => plan));
    const counted = tf.mul<tf.Tensor2D>(ownersOf(seen), weights);
    return {
      vectors: tf.matMul<tf.Tensor2D>(counted, unitRows(found)),
      negativeEntropy: tf.div<tf.Scalar>(negativeEntropy, seen.length),
    };
  });
}

/** 1 where a patch is of a picture, [batch, patches]. */
function ownersOf(seen: readonly Seen[]): tf.Tensor2D {
  const all = seen.reduce((sum, { patches }) => sum + patches.length, 0);
  const owners = new Float32Array(seen.length * all);
  let first = 0;
  for (const [b, { patches }] of seen.entries()) {
    owners.fill(1, b * all + first, b * all + first + patches.length);
    first += patches.length;
  }
  return tf.tensor2d(owners, [seen.length, all]);
}

/**
 * Rows at length 1, [rows, dim]. One of zeros, such as a network without biases makes of a patch where nothing is,
 * stays zeros and has a gradient of 0: it has no direction, `tf.norm` would make it NaN, and a mere floor under the
 * length a million times too large.
 */
export function unitRows(x: tf.Tensor2D): tf.Tensor2D {
  matchShapes("unitRows", { x: "rows dim" }, { x });
  return tf.tidy(() => {
    const squares = tf.sum(tf.square(x), 1, true);
    const units = tf.div<tf.Tensor2D>(x, tf.sqrt(tf.maximum(squares, NOTHING)));
    return tf.mul(units, tf.step(tf.sub(squares, NOTHING)));
  });
}

const NOTHING = 1e-12;
