import {
  hostTensor,
  inspect,
  matchShapes,
  requireCounts,
  requireOneOf,
  type Context,
  type HostNumbers,
  type Rng,
} from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requireLabels, requireNonNegative } from "./checks.js";
import { channelGroups, channelMask, requireGroups, segmentsOf, type Segment } from "./channel-groups.js";
import { inClassOrder, maxOverChannels, ownChannels, positionsLast } from "./class-channels.js";
import type { MultiTermLoss } from "./multi-term-loss.js";
import { uncheckedCrossEntropy } from "./unchecked-cross-entropy.js";

/** How the channels of a map are divided among the classes. */
export interface ChannelGroupOptions {
  /** Number of classes. */
  readonly classes: number;
  /** The number of channels of each class, class 0 first. Default: `channelGroups(channels, classes)`. */
  readonly groups?: readonly number[];
}

/** Options of `mcLoss`. */
export interface McLossOptions extends ChannelGroupOptions {
  /** Weight of the discriminality, ≥ 0. Default 1.5. */
  readonly alpha?: number;
  /** Weight of the diversity, ≥ 0. Default 20. */
  readonly beta?: number;
  /** How the diversity enters the total: see `mcLoss`. Default "normalized". */
  readonly reduction?: "normalized" | "segments" | "raw";
  /**
   * Whether the maps have negative numbers. Then a dropped channel is never the largest one of its class. Otherwise it
   * counts as 0, as in the paper. Default false.
   */
  readonly signed?: boolean;
  /** Whether other channels are dropped for each sample of a batch, not the same ones for all. Default false. */
  readonly perSample?: boolean;
}

/** The authors' `alpha` and `beta`, for networks trained from scratch and for pretrained networks. */
export const mcLossWeights = {
  scratch: { alpha: 1.5, beta: 20 },
  finetune: { alpha: 0.005, beta: 0.05 },
} as const satisfies Record<string, Pick<McLossOptions, "alpha" | "beta">>;

/**
 * Mutual-channel loss (MC-Loss): each class has some channels of the last map. These channels should tell the class
 * from others (discriminality), and respond to different regions of the image (diversity). Add it to the cross-entropy
 * of a classifier. It has no weights, and is not needed for inference.
 *
 *     g_bi = mean_k max_j( m_ij F_bijk )                      F_bijk ≥ 0: channel j of class i's ξ_i at position k of P
 *     discriminality = mean_b CE( softmax_i(g_bi), y_b )
 *     h_bi = sum_k max_j softmax_k(F_bijk)                    softmax over the positions of each channel
 *     diversity = mean_bi h_bi,   1 ≤ diversity ≤ min(max ξ, P);   larger is better
 *
 * The mask m drops ⌊ξ_i / 2⌋ random channels of each class, other ones in every step, in training only. It is drawn
 * from `ctx.rng`.
 *
 * The total depends on `reduction`:
 *
 * - `normalized`: alpha · discriminality + beta · (1 − mean_bi h_bi / ξ_i), as in the authors' code
 * - `raw`: alpha · discriminality − beta · diversity, as in the paper: its μ (L_dis − λ L_div) with alpha = μ and
 *   beta = μλ
 * - `segments`: alpha · discriminality + beta · sum_s( 1 − mean over the classes with ξ_i = s of h_bi / s ), as
 *   published for pretrained networks, whose classes own q or q + 1 channels
 *
 * With ξ channels for every class, `raw` with beta / ξ differs from `normalized` by a constant.
 *
 * The labels and the sum of the maps are read back, to check the labels and to refuse NaN and infinity.
 *
 * Ref: Chang et al. 2020, "The devil is in the channels", arXiv:2002.04264; `segments`: the re-implementation that its
 * authors recommend, Kurumi233/Mutual-Channel-Loss.
 * @param maps - the output of the last convolution, ≥ 0 unless `signed`, [batch, height, width, channels]
 * @param labels - int32 in 0 … classes - 1, or -1 for unknown, which is ignored by the discriminality, [batch]
 * @returns total and terms `discriminality` and `diversity`, all scalars
 * @throws RangeError for fewer channels than classes, `groups` that do not add up to the channels, an empty batch, a
 * label that is no class, weights below 0, or NaN or infinity in the maps
 */
export function mcLoss(maps: tf.Tensor4D, labels: tf.Tensor1D, ctx: Context, options: McLossOptions): MultiTermLoss {
  const { alpha = 1.5, beta = 20, reduction = "normalized", signed = false, perSample = false } = options;
  const groups = requireInputs(maps, labels, options);
  const segments = segmentsOf(groups);
  return tf.tidy(() => {
    const x = positionsLast(maps);
    const kept = ctx.training ? keptChannels(groups, perSample ? labels.size : 1, ctx.rng) : null;
    const scores = segments.map((segment) => scoresOf(x, segment, kept, signed));
    const discriminality = uncheckedCrossEntropy(inClassOrder(segments, scores), labels) as tf.Scalar;
    const diversities = segments.map((segment) => tf.mean<tf.Scalar>(diversityOf(ownChannels(x, segment))));
    const share = segments.map((segment) => segment.classes.length / groups.length);
    const diversity = weightedSum(diversities, share);
    const total = tf.add<tf.Scalar>(
      tf.mul(discriminality, alpha),
      tf.mul(diversityPenalty[reduction](diversities, segments, share), beta),
    );
    return { total, terms: { discriminality, diversity } };
  });
}

/** The penalty of each reduction for little diversity, from the mean h of each segment. */
const diversityPenalty = {
  normalized: (diversities, segments, share) => missingDiversity(diversities, segments, share),
  segments: (diversities, segments) =>
    missingDiversity(
      diversities,
      segments,
      segments.map(() => 1),
    ),
  raw: (diversities, _, share) => tf.neg(weightedSum(diversities, share)),
} as const satisfies Record<
  string,
  (diversities: readonly tf.Scalar[], segments: readonly Segment[], share: readonly number[]) => tf.Scalar
>;

/** sum_s w_s (1 - h_s / ξ_s) */
const missingDiversity = (
  diversities: readonly tf.Scalar[],
  segments: readonly Segment[],
  weights: readonly number[],
): tf.Scalar =>
  tf.sub(
    weights.reduce((sum, weight) => sum + weight, 0),
    weightedSum(
      diversities,
      weights.map((weight, s) => weight / segments[s]!.size),
    ),
  );

const weightedSum = (xs: readonly tf.Scalar[], weights: readonly number[]): tf.Scalar =>
  tf.addN(xs.map((x, i) => tf.mul<tf.Scalar>(x, weights[i]!)));

/**
 * Scores of the classes from the map alone: the mean over all positions of the largest channel of each class, g of
 * `mcLoss` without a mask. It is a classifier without weights.
 *
 * @param maps - [batch, height, width, channels]
 * @returns [batch, classes]
 * @throws RangeError for fewer channels than classes, `groups` that do not add up to the channels, or maps without a
 * position
 */
export function mcScores(maps: tf.Tensor4D, owners: ChannelGroupOptions): tf.Tensor2D {
  matchShapes("mcScores", { maps: "batch height width channels" }, { maps });
  requirePositions("mcScores", maps);
  const segments = segmentsOf(channelsPerClass("mcScores", maps, owners));
  return tf.tidy(() => {
    const x = positionsLast(maps);
    return inClassOrder(
      segments,
      segments.map((segment) => scoresOf(x, segment, null, false)),
    );
  });
}

/** g of the classes of a segment, [batch, class]. @param kept - 1 where a channel is kept, [1 or batch, channels, 1] */
function scoresOf(x: tf.Tensor3D, segment: Segment, kept: tf.Tensor3D | null, signed: boolean): tf.Tensor2D {
  const own = ownChannels(x, segment);
  if (!kept) return tf.mean(maxOverChannels(own), 2);
  const mask = ownChannels(kept, segment); // [1 or batch, class, channel, 1]
  const masked = signed ? tf.add(own, tf.log(mask)) : tf.mul(own, mask); // log 0 = -Infinity
  return tf.mean(maxOverChannels(masked as tf.Tensor4D), 2);
}

/** h of the classes of a segment, [batch, class]. @param own - [batch, class, channel, position] */
const diversityOf = (own: tf.Tensor4D): tf.Tensor2D => tf.sum(maxOverChannels(tf.softmax(own)), 2);

function keptChannels(groups: readonly number[], samples: number, rng: Rng): tf.Tensor3D {
  const channels = groups.reduce((a, b) => a + b, 0);
  return hostTensor<tf.Rank.R3>([samples, channels, 1], () => {
    const masks = new Float32Array(samples * channels);
    for (let i = 0; i < samples; i++) masks.set(channelMask(groups, rng, i), i * channels);
    return masks;
  });
}

function requireInputs(maps: tf.Tensor4D, labels: tf.Tensor1D, options: McLossOptions): readonly number[] {
  const { alpha = 1.5, beta = 20, reduction = "normalized" } = options;
  matchShapes("mcLoss", { maps: "batch height width channels", labels: "batch" }, { maps, labels });
  requirePositions("mcLoss", maps);
  requireCounts("mcLoss", { classes: options.classes }, 2);
  requireNonNegative("mcLoss", { alpha, beta });
  requireOneOf("mcLoss", { reduction }, Object.keys(diversityPenalty));
  const groups = channelsPerClass("mcLoss", maps, options);
  requireLabels("mcLoss", labels, groups.length);
  requireFinite(maps);
  return groups;
}

function channelsPerClass(who: string, maps: tf.Tensor4D, { classes, groups }: ChannelGroupOptions): readonly number[] {
  const channels = maps.shape[3];
  if (!groups) return channelGroups(channels, classes);
  requireGroups(who, groups, channels, classes);
  return groups;
}

function requirePositions(who: string, maps: tf.Tensor4D): void {
  if (maps.size === 0)
    throw new RangeError(
      `${who}: expected \`maps\` of at least one image and one position, got [${maps.shape.join(", ")}].`,
    );
}

function requireFinite(maps: tf.Tensor4D): void {
  const refuse = ([sum]: HostNumbers) => {
    if (!Number.isFinite(sum)) throw new RangeError("mcLoss: expected finite numbers in `maps`, got NaN or infinity.");
  };
  tf.tidy(() => inspect(tf.sum(maps), refuse));
}
