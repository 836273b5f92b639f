import { cuts, requireScores } from "./ranked.js";

/**
 * Area under the receiver operating characteristic: the chance that a positive sample has a higher score than a
 * negative one, ties counting half. 1 is perfect, 0.5 is chance, whatever the share of positives.
 *
 * @param scores - the higher, the more likely positive: logits or probabilities
 * @param positive - whether each sample is positive: true, or not 0
 * @returns NaN if all samples are positive, or none is
 * @throws RangeError for lists of different lengths, or a score that is NaN
 */
export function rocAuc(scores: ArrayLike<number>, positive: ArrayLike<boolean | number>): number {
  requireScores("rocAuc", scores, positive);
  let [area, before] = [0, { positives: 0, samples: 0 }];
  for (const cut of cuts(scores, positive)) {
    const [hits, samples] = [cut.positives - before.positives, cut.samples - before.samples];
    area += (samples - hits) * (before.positives + hits / 2); // a trapezoid
    before = cut;
  }
  return area / (before.positives * (before.samples - before.positives));
}
