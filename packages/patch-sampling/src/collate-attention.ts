import type { Context } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { AttentionMap } from "./attention-map.js";
import type { AttentionStage } from "./attention-stage.js";
import { groupsOf, sizeOf } from "./groups.js";
import type { MapInputs } from "./sampler-inputs.js";

/** The attention maps of a batch as tensors. */
export interface CollatedAttention {
  readonly maps: MapInputs[];
  /** The index, among the cells of all maps, at which each map begins. */
  readonly starts: readonly number[];
}

/**
 * Makes tensors of attention maps, of those that are alike together: in training of their views, else of the attention
 * that was drawn from. The caller disposes them.
 *
 * @param sizeOfGroup - of a number of maps to a number that is not smaller: in training, a group of alike maps is
 *   filled up to it, by maps that count for nothing. Shapes then repeat from batch to batch. Default: no more maps
 * @throws RangeError in training, for maps that have kept no views
 */
export function collateAttention(
  stage: AttentionStage,
  maps: readonly AttentionMap[],
  ctx: Pick<Context, "training">,
  sizeOfGroup = (maps: number) => maps,
): CollatedAttention {
  if (ctx.training && maps.some(({ views }) => views.length === 0))
    throw new RangeError("collate: a plan to learn from must have been made in training; this one has kept no views.");
  const indices = [...maps.keys()];
  const bySize = ctx.training ? groupsOf(indices, (i) => sizeOf(maps[i]!.views[0]!)) : [indices];
  const groups = bySize.flatMap((alike) => groupsOf(alike, (i) => formOf(maps[i]!)));
  const starts: number[] = [];
  let cells = 0;
  const inputs = groups.map((indices) => {
    const own = indices.map((i) => maps[i]!);
    const count = ctx.training ? sizeOfGroup(own.length) : own.length;
    const each = own[0]!.attention.length;
    indices.forEach((i, k) => (starts[i] = cells + k * each));
    cells += count * each;
    return ctx.training ? viewsOf(stage, own, count) : attentionOf(own);
  });
  return { maps: inputs, starts };
}

/** What maps must have in common to be one tensor, beside the size of their views. */
const formOf = ({ views, attention, contrast }: AttentionMap): string =>
  `${views.length} ${attention.length} ${contrast}`;

/** What fills up is the last map once more: whatever is computed of it is finite where the map's own is. */
function viewsOf({ toTensor }: AttentionStage, maps: readonly AttentionMap[], count: number): MapInputs {
  const [{ views, contrast, weights }] = maps as readonly [AttentionMap];
  const filled = Array.from({ length: count }, (_, k) => maps[Math.min(k, maps.length - 1)]!);
  const versions = filled.flatMap(({ weights }) => weights);
  return tf.tidy(() => {
    const all = toTensor(filled.flatMap(({ views }) => views));
    const [, height, width, channels] = all.shape;
    return {
      views: tf.reshape(all, [count, views.length, height, width, channels]),
      contrast,
      versions: tf.tensor2d(versions, [count, weights.length], "int32"),
      real: tf.tensor1d(filled.map((_, k) => (k < maps.length ? 1 : 0))),
    };
  });
}

function attentionOf(maps: readonly AttentionMap[]): MapInputs {
  const each = maps[0]!.attention.length;
  const numbers = new Float32Array(maps.length * each);
  maps.forEach(({ attention }, k) => numbers.set(attention, k * each));
  return { attention: tf.tensor2d(numbers, [maps.length, each]), real: tf.ones([maps.length]) };
}
