import { inspect, type Context } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { entropies } from "./attention.js";
import { logitsOf, probabilitiesOf, tileLogits, type AttentionStage } from "./attention-stage.js";
import { groupsOf } from "./groups.js";
import type { MapInputs } from "./sampler-inputs.js";
import { versionOf } from "./weights-version.js";

/** The attention of the maps of a batch. */
export interface BatchAttention {
  /** [cells of all maps] */
  readonly attention: tf.Tensor1D;
  /** sum p log p, of all maps that are real. */
  readonly negativeEntropy: tf.Scalar;
}

/**
 * The attention of several maps, as `collateAttention` has made tensors of them. In training it is computed again, on
 * the tape; else it is what was drawn from, as a constant. Views of one size go through the network together, also
 * those of different images.
 *
 * @throws RangeError in training, for maps that were not collated in training, or made with other weights than the
 *   present
 */
export function batchAttention(stage: AttentionStage, maps: readonly MapInputs[], ctx: Context): BatchAttention {
  if (ctx.training) for (const group of maps) requireLearnable(stage, group);
  return tf.tidy(() => {
    // groups of one size are neighbours, so this keeps their order
    const attention = groupsOf(maps, viewSizeOf).flatMap((groups) => attentionOfSize(stage, groups, ctx));
    const sums = attention.map((p, i) => tf.sum<tf.Scalar>(tf.mul(entropies(p), maps[i]!.real)));
    return {
      attention: tf.concat(attention.map((p) => tf.reshape<tf.Rank.R1>(p, [-1]))),
      negativeEntropy: tf.addN(sums),
    };
  });
}

function requireLearnable({ network }: AttentionStage, group: MapInputs): void {
  if (!("views" in group))
    throw new RangeError("estimate: inputs to learn from must have been collated in training; these have no views.");
  if (group.versions.size === 0) return; // a network without weights
  inspect(group.versions, (versions) => {
    const present = versionOf(network);
    if (versions.some((version, i) => version !== present[i % present.length]))
      throw new RangeError(
        "estimate: expected a plan that was made with the present weights of the attention network; they have been " +
          "updated since, and the gradient would be wrong. Make the plan after the step before: `fit` does with `prefetch: 0`.",
      );
  });
}

const viewSizeOf = (group: MapInputs): string => ("views" in group ? `${group.views.shape.slice(2)}` : "");

/** [map, view, height, width, channels] → [map · view, height, width, channels] */
function foldViews(views: tf.Tensor5D): tf.Tensor4D {
  const [map, view, height, width, channels] = views.shape;
  return tf.reshape(views, [map * view, height, width, channels]);
}

/** The attention of each group, [map, cells], by one call of the network. */
function attentionOfSize(stage: AttentionStage, groups: readonly MapInputs[], ctx: Context): tf.Tensor2D[] {
  const folded = groups.flatMap((group) => ("views" in group ? [foldViews(group.views)] : []));
  const logits = folded.length > 0 ? logitsOf(stage, tf.concat(folded, 0), ctx) : undefined;
  let first = 0;
  return groups.map((group) => {
    if (!("views" in group)) return group.attention;
    const [maps, views] = group.views.shape;
    const own = tf.slice(logits!, first, maps * views);
    first += maps * views;
    const cells = tf.reshape<tf.Rank.R2>(stage.score === null ? own : tileLogits(own, stage.score), [maps, -1]);
    return probabilitiesOf(cells, stage, group.contrast);
  });
}
