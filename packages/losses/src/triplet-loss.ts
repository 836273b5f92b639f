import { matchShapes, requireOneOf } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requireIntegerLabels, requirePositive } from "./checks.js";
import { pairDistances, type Distance } from "./pair-distances.js";
import { pairMasks, type PairMasks } from "./pair-masks.js";
import { rowWeights } from "./row-weights.js";
import { batchAll, batchHard, semiHard, type Mining } from "./triplet-mining.js";
import { maskRows } from "./weighted-mean.js";

const minings = { batchHard, batchAll, semiHard } as const satisfies Record<string, Mining>;

/** Options of `tripletLoss`. */
export interface TripletLossOptions {
  /** How much farther than a positive a negative should be, > 0, in the unit of the distance. Default 0.2. */
  readonly margin?: number;
  /** Which triplets of the batch are used: see `tripletLoss`. Default "batchHard". */
  readonly mining?: keyof typeof minings;
  /** The distance between embeddings, which are not normalized first. Default "euclidean". */
  readonly distance?: Distance;
  /** Rows with this label are ignored. Default -1. */
  readonly ignore?: number;
}

/**
 * Triplet loss with triplets mined in the batch: an anchor a should be closer to a positive p, a row of the same class,
 * than to a negative n, a row of another class, by a margin.
 *
 *     l_apn = max(0, d(x_a, x_p) - d(x_a, x_n) + margin)
 *
 * `mining` says which triplets are used, and over what the loss is the mean:
 *
 * - `batchHard`: for each a the farthest p and the nearest n; the mean over all a that have a p and an n
 * - `batchAll`: all triplets; the mean over those with l > 0 (the paper's L_BA≠0), so that the many solved triplets do
 *   not hide the others
 * - `semiHard`: for each a and p the nearest n with d(a, n) > d(a, p), or the farthest n if there is none; the mean
 *   over all pairs (a, p) whose a has an n
 *
 * A mean over nothing is 0. The choice of triplets is constant for the gradient. Embeddings are normalized to length 1
 * only for the distance `cosine`. Schroff et al. use unit vectors and squared distances, Hermans et al. neither. If two
 * embeddings are equal, their distance has a gradient of 0, not NaN. `batchAll` and `semiHard` need memory of batch³,
 * distances other than `cosine` need batch² · dim.
 *
 * Ref: Hermans et al. 2017, arXiv:1703.07737, section 2; Schroff et al. 2015, arXiv:1503.03832, section 3.2
 * (semi-hard).
 * @param embeddings - [batch, dim]
 * @param labels - int32, any integers, or `ignore`, [batch]
 * @returns scalar, []
 * @throws TypeError for labels that are not int32
 * @throws RangeError for an empty batch, or an option out of range
 */
export function tripletLoss(
  embeddings: tf.Tensor2D,
  labels: tf.Tensor1D,
  { margin = 0.2, mining = "batchHard", distance = "euclidean", ignore = -1 }: TripletLossOptions = {},
): tf.Scalar {
  matchShapes("tripletLoss", { embeddings: "batch dim", labels: "batch" }, { embeddings, labels });
  requirePositive("tripletLoss", { margin });
  requireOneOf("tripletLoss", { mining }, Object.keys(minings));
  requireOneOf("tripletLoss", { distance }, Object.keys(pairDistances));
  requireIntegerLabels("tripletLoss", labels);
  return tf.tidy(() => {
    const masks = pairMasks(labels, ignore);
    const distances = pairDistances[distance](maskRows(embeddings, rowWeights(labels, { ignore })));
    return minedLoss(distances, masks, margin, minings[mining]);
  });
}

/**
 * The loss of the mined triplets. It saves its gradient, not its inputs, so that nothing of size batch³ stays in
 * memory.
 */
function minedLoss(distances: tf.Tensor2D, masks: PairMasks, margin: number, mining: Mining): tf.Scalar {
  const loss = tf.customGrad((...args) => {
    const [d, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    const { value, gradient } = mining(d, masks, margin);
    save([gradient]);
    return { value, gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.mul(dy, saved!) };
  });
  return loss(distances) as tf.Scalar;
}
