import { matchShapes, requireOneOf } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requireIntegerLabels, requirePositive } from "./checks.js";
import { pairDistances, type Distance } from "./pair-distances.js";
import { pairMasks, type PairMasks } from "./pair-masks.js";
import { rowWeights } from "./row-weights.js";
import { batchAll, batchHard, semiHard, type Mining } from "./triplet-mining.js";
import { maskRows } from "./weighted-mean.js";

const minings = { batchHard, batchAll, semiHard } as const satisfies Record<string, Mining>;

export interface TripletLossOptions {
  /** By how much a negative must be further than a positive, > 0, in the unit of the distance. Default 0.2. */
  readonly margin?: number;
  /** Which triplets of the batch count: see `tripletLoss`. Default "batchHard". */
  readonly mining?: keyof typeof minings;
  /** Default "euclidean", of the embeddings as they are. */
  readonly distance?: Distance;
  /** Rows with this label are in no triplet. Default -1. */
  readonly ignoreIndex?: number;
}

/**
 * Triplet loss with triplets mined in the batch: an anchor a should be nearer to a positive p, another of its class,
 * than to a negative n, one of another class, by a margin.
 *
 *     l_apn = max(0, d(x_a, x_p) - d(x_a, x_n) + margin)
 *
 * The triplets, by `mining`, and what their mean is over:
 *
 * - `batchHard`: for each a its furthest p and nearest n; over the a that have a p and an n
 * - `batchAll`: all; over those with l > 0 (the paper's L_BA≠0), so that the many solved ones do not drown the others
 * - `semiHard`: for each a and p the nearest n with d(a, n) > d(a, p), or the furthest n where none is; over the pairs
 *   (a, p) whose a has an n
 *
 * Over nothing it is 0. Which triplets count is constant for the gradient. Embeddings are not brought to length 1,
 * unless the distance is `cosine`; Schroff et al. have unit vectors and squared distances, Hermans et al. neither.
 * Where two embeddings are equal, their distance has a gradient of 0, not NaN. `batchAll` and `semiHard` need memory of
 * batch³, distances other than `cosine` of batch² · dim.
 *
 * Ref: Hermans et al. 2017, arXiv:1703.07737, section 2; Schroff et al. 2015, arXiv:1503.03832, section 3.2
 * (semi-hard).
 * @param embeddings - [batch, dim]
 * @param labels - int32, any numbers, or `ignoreIndex`, [batch]
 * @returns scalar, []
 * @throws TypeError for labels that are not int32
 * @throws RangeError for an empty batch, or an option out of range
 */
export function tripletLoss(
  embeddings: tf.Tensor2D,
  labels: tf.Tensor1D,
  { margin = 0.2, mining = "batchHard", distance = "euclidean", ignoreIndex = -1 }: TripletLossOptions = {},
): tf.Scalar {
  matchShapes("tripletLoss", { embeddings: "batch dim", labels: "batch" }, { embeddings, labels });
  requirePositive("tripletLoss", { margin });
  requireOneOf("tripletLoss", { mining }, Object.keys(minings));
  requireOneOf("tripletLoss", { distance }, Object.keys(pairDistances));
  requireIntegerLabels("tripletLoss", labels);
  return tf.tidy(() => {
    const masks = pairMasks(labels, ignoreIndex);
    const distances = pairDistances[distance](maskRows(embeddings, rowWeights(labels, { ignoreIndex })));
    return mined(distances, masks, margin, minings[mining]);
  });
}

/** The slope is kept instead of what it was made from: nothing of size batch³ waits for the gradient. */
function mined(distances: tf.Tensor2D, masks: PairMasks, margin: number, mining: Mining): tf.Scalar {
  const loss = tf.customGrad((...args) => {
    const [d, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    const { value, slope } = mining(d, masks, margin);
    save([slope]);
    return { value, gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.mul(dy, saved!) };
  });
  return loss(distances) as tf.Scalar;
}
