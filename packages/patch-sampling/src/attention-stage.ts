import { matchShapes, requireCounts, requireOneOf, type Context } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { attentionOf, contrastAttention } from "./attention.js";
import { requireScale } from "./checks.js";
import type { AttentionNetwork, ToTensor } from "./contracts.js";
import type { Placement } from "./grid.js";

/** How the logits of the cells in a tile's view are joined into the logit of the tile. */
export type TileScore = "sum" | "mean";

/** One stage of attention: the network, the views that it is given, and the regions that its attention chooses from. */
export interface AttentionStage {
  readonly network: AttentionNetwork;
  readonly toTensor: ToTensor;
  /** Scale of the views, in (0, 1]. */
  readonly scale: number;
  /** Height and width of the regions, in pixels at full resolution. */
  readonly size: readonly [height: number, width: number];
  readonly placement: Placement;
  readonly smoothing: number;
  /** How the logits of a view are joined into that of one cell; null where each is a cell of its own. */
  readonly score: TileScore | null;
}

/** Refuses an impossible stage. @param names - the config's names for the scale and for the size of the regions */
export function requireStage(
  who: string,
  names: { readonly scale: string; readonly size: string },
  stage: AttentionStage,
): void {
  const [height, width] = stage.size;
  requireCounts(who, { [`${names.size} height`]: height, [`${names.size} width`]: width });
  requireScale(who, names.scale, stage.scale);
  requireOneOf(who, { placement: stage.placement }, ["centre", "corner"]);
  if (!(stage.smoothing >= 0 && stage.smoothing < 1))
    throw new RangeError(`${who}: \`smoothing\` must be in [0, 1), got ${stage.smoothing}.`);
}

/** The logits of views, [views, rows, columns]. @param views - [views, height, width, channels] */
export function logitsOf({ network }: AttentionStage, views: tf.Tensor4D, ctx: Context): tf.Tensor3D {
  const logits = network.forward(views, ctx);
  matchShapes("attention network", { logits: `${views.shape[0]} rows columns` }, { logits });
  return logits;
}

/** The logit of each tile, [tiles]. @param logits - of the cells in each tile's view, [tiles, rows, columns] */
export const tileLogits = (logits: tf.Tensor, score: TileScore): tf.Tensor1D =>
  score === "mean" ? tf.mean(logits, [1, 2]) : tf.logSumExp(logits, [1, 2]);

/** The attention that cells are drawn from, [..., cells]. @param logits - [..., cells] */
export const probabilitiesOf = <T extends tf.Tensor>(
  logits: T,
  { smoothing }: AttentionStage,
  contrast: boolean,
): T => {
  const p = attentionOf(logits, smoothing);
  return contrast ? contrastAttention(p) : p;
};
