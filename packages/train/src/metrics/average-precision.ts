import { cuts, requireScores } from "./ranked.js";

/**
 * Average precision: the area under the curve of precision over recall, as a sum of steps,
 *
 *     Σ_n (recall_n − recall_{n−1}) precision_n      over the cuts n at all scores, from the highest down
 *
 * Samples of one score are cut together, so that their order does not matter: scores that are all equal give the share
 * of positives. The same as scikit-learn's `average_precision_score`.
 *
 * @param scores - the higher, the more likely positive
 * @param positive - whether each sample is positive: true, or not 0
 * @returns 1 is perfect; NaN if no sample is positive
 * @throws RangeError for lists of different lengths, or a score that is NaN
 */
export function averagePrecision(scores: ArrayLike<number>, positive: ArrayLike<boolean | number>): number {
  requireScores("averagePrecision", scores, positive);
  let [sum, before] = [0, 0];
  for (const { positives, samples } of cuts(scores, positive)) {
    sum += (positives - before) * (positives / samples);
    before = positives;
  }
  return sum / before;
}
