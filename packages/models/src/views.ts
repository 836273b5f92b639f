import * as tf from "@tensorflow/tfjs-core";
import type { Fusion, MergePoint } from "@fovea/fusion";
import { scope, type Context } from "@fovea/nn";
import { POINTS, type Step, type Steps } from "./pipeline.js";

/** Runs `steps` from one point to another; a run of no steps returns its input itself. */
export function advance(
  steps: Steps,
  x: tf.Tensor,
  span: Span,
  ctx: Context,
  mask: tf.Tensor2D | null = null,
): tf.Tensor {
  const [from, to] = [POINTS.indexOf(span.from), POINTS.indexOf(span.to)];
  return POINTS.slice(from, to).reduce((value, point) => {
    // Only attention can meet a masked token: past it there is one vector.
    return steps[point as keyof Steps](value, ctx, point === "tokens" ? mask : null);
  }, x);
}

/** The part of the way between two points. */
export interface Span {
  readonly from: MergePoint;
  readonly to: MergePoint;
}

/** Applies steps to every view: [batch, view, …] is reshaped to [batch · view, …]. */
export const eachView = (steps: Steps): Steps => mapSteps(steps, foldViews);

/** A step on [batch, …] as a step on [batch, view, …]. */
export const foldViews =
  (step: Step): Step =>
  (views, ctx) =>
    tf.tidy(() => {
      const [batch, view, ...rest] = views.shape as [number, number, ...number[]];
      const result = step(tf.reshape(views, [batch * view, ...rest]), ctx, null); // [batch · view, …]
      return tf.reshape(result, [batch, view, ...result.shape.slice(1)]);
    });

/** Another step for every slot: view i of [batch, view, …] goes through `steps[i]`. */
export const stepBySlot =
  (steps: readonly Step[]): Step =>
  (views, ctx) =>
    tf.tidy(() => {
      const count = views.shape[1]!;
      if (count > steps.length)
        throw new RangeError(`mvHfmd: \`views\` has ${count} views, but there are ${steps.length} slots.`);
      // tfjs cannot differentiate unstack of one
      const slot = (i: number) => tf.squeeze(tf.slice(views, [0, i], [-1, 1]), [1]);
      const done = Array.from({ length: count }, (_, i) => steps[i]!(slot(i), scope(ctx, `view${i}`), null));
      return tf.stack(done, 1);
    });

const mapSteps = (steps: Steps, change: (step: Step) => Step): Steps => ({
  image: change(steps.image),
  map: change(steps.map),
  tokens: change(steps.tokens),
  vector: change(steps.vector),
});

/** The views at every point of the way, each computed when first asked for and never twice. */
export function lazyViews(
  steps: Steps,
  views: tf.Tensor,
  from: MergePoint,
  ctx: Context,
): (at: MergePoint) => tf.Tensor {
  const known = new Map<MergePoint, tf.Tensor>([[from, views]]);
  return function at(point) {
    const found = known.get(point);
    if (found) return found;
    const before = POINTS[POINTS.indexOf(point) - 1];
    if (before === undefined || POINTS.indexOf(point) < POINTS.indexOf(from))
      throw new RangeError(
        `multiViewClassifier: the views start at \`${from}\`, so they cannot be had at \`${point}\`.`,
      );
    const value = advance(steps, at(before), { from: before, to: point }, ctx);
    known.set(point, value);
    return value;
  };
}

/** Merges the views where the fusion says, and goes on with the one thing that they became. */
export function fuse(
  steps: Steps,
  fusion: Fusion,
  views: (at: MergePoint) => tf.Tensor,
  mask: tf.Tensor2D | null,
  ctx: Context,
) {
  const apart = views(fusion.at);
  const merged = fusion.merge(apart, mask, ctx);
  const tokenMask = mask && fusion.mergeMask ? fusion.mergeMask(mask, apart.shape[2]!) : null;
  return advance(steps, merged, { from: fusion.at, to: "logits" }, ctx, tokenMask);
}
