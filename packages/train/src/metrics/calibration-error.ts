import { requireCounts } from "@fovea/nn";

/**
 * Expected calibration error: how far confidence is from accuracy, over bins of equal width in (0, 1]:
 *
 *     Σ_bin  |bin| / n · | mean confidence − share that is correct |
 *
 * Ref: Guo et al. 2017, arXiv:1706.04599, eq. 3.
 * @param confidences - the probability given to the predicted class, in [0, 1]
 * @param correct - whether it was right
 * @returns 0 is perfect; NaN for no samples
 */
export function calibrationError(
  confidences: ArrayLike<number>,
  correct: ArrayLike<boolean | number>,
  { bins = 15 }: { bins?: number } = {},
): number {
  requireCounts("calibrationError", { bins });
  if (confidences.length !== correct.length)
    throw new RangeError(`calibrationError: got ${confidences.length} confidences, but ${correct.length} outcomes.`);
  const gaps = new Float64Array(bins); // Σ confidence − Σ correct
  for (let i = 0; i < confidences.length; i++) {
    const confidence = confidences[i]!;
    if (!(confidence >= 0 && confidence <= 1))
      throw new RangeError(`calibrationError: \`confidences\` must be in [0, 1], got ${confidence}.`);
    const bin = Math.max(0, Math.ceil(confidence * bins) - 1);
    gaps[bin]! += confidence - Number(correct[i]);
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / confidences.length;
}
