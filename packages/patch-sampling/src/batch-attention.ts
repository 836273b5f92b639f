import type { Context } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { AttentionMap } from "./attention-map.js";
import { logitsOf, probabilitiesOf, tileLogits, type AttentionStage } from "./attention-stage.js";
import { groupsOf, sizeOf } from "./groups.js";
import { isCurrent } from "./weights-version.js";

/** The attention of several maps in one tensor. */
export interface BatchAttention {
  /** [cells of all maps] */
  readonly attention: tf.Tensor1D;
  /** The index in `attention` at which each map begins. */
  readonly starts: readonly number[];
}

/**
 * The attention of several maps. In training it is computed again, on the tape; else it is what was drawn from, as a
 * constant. Views of one size go through the network together, also those of different images.
 *
 * @throws RangeError in training, for maps that have kept no views, or were made with other weights than the present
 */
export function batchAttention(stage: AttentionStage, maps: readonly AttentionMap[], ctx: Context): BatchAttention {
  if (ctx.training && maps.some(({ views }) => views.length === 0))
    throw new RangeError("estimate: a plan to learn from must have been made in training; this one has kept no views.");
  if (ctx.training && maps.some(({ weights }) => !isCurrent(weights, stage.network)))
    throw new RangeError(
      "estimate: expected a plan that was made with the present weights of the attention network; they have been " +
        "updated since, and the gradient would be wrong. Make the plan after the step before: `fit` does with `prefetch: 0`.",
    );
  const bySize = ctx.training ? groupsOf([...maps.keys()], (i) => sizeOf(maps[i]!.views[0]!)) : [[...maps.keys()]];
  const groups = bySize.map((indices) => groupsOf(indices, (i) => groupKeyOf(maps[i]!)));
  const starts: number[] = [];
  let cells = 0;
  for (const i of groups.flat(2)) {
    starts[i] = cells;
    cells += maps[i]!.attention.length;
  }
  const attention = tf.tidy(() =>
    tf.concat(
      groups.flatMap((alike) => {
        const own = alike.map((indices) => indices.map((i) => maps[i]!));
        return ctx.training ? recompute(stage, own, ctx) : own.flat().map(({ attention }) => tf.tensor1d(attention));
      }),
    ),
  );
  return { attention, starts };
}

/** What maps must have in common to be computed together, beside the size of their views. */
const groupKeyOf = ({ views, contrast }: AttentionMap): string => `${views.length} ${contrast}`;

/**
 * The attention of each group, [cells], by one call of the network.
 *
 * @param groups - maps whose views all have one size, grouped by `groupKeyOf`
 */
function recompute(stage: AttentionStage, groups: readonly (readonly AttentionMap[])[], ctx: Context): tf.Tensor1D[] {
  const views = groups.flat().flatMap(({ views }) => views);
  const logits = logitsOf(stage, views, ctx);
  let first = 0;
  return groups.map((maps) => {
    const [{ views, attention, contrast }] = maps as readonly [AttentionMap];
    const own = tf.slice(logits, first, maps.length * views.length);
    first += maps.length * views.length;
    const cells = views.length < attention.length ? own : tileLogits(own, stage); // one view with cells, or one a cell
    return tf.reshape<tf.Rank.R1>(probabilitiesOf(tf.reshape(cells, [maps.length, -1]), stage, contrast), [-1]);
  });
}
