import { rng } from "@fovea/nn";
import { mean, quantile, sampleWithReplacement } from "simple-statistics";

/** A value and the interval that holds it with 95 % confidence. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2000;

/** The mean of a few independent numbers, with a percentile bootstrap. The same numbers give the same interval. */
export function bootstrapMean(values: readonly number[]): Estimate {
  const uniform = rng(0).uniform(RESAMPLES * values.length);
  let at = 0;
  const means = Array.from({ length: RESAMPLES }, () =>
    mean(sampleWithReplacement([...values], values.length, () => uniform[at++]!)),
  );
  return { value: mean([...values]), low: quantile(means, 0.025), high: quantile(means, 0.975) };
}

/** e to the estimate: from logarithms of ratios to ratios. */
export const exponentiate = ({ value, low, high }: Estimate): Estimate => ({
  value: Math.exp(value),
  low: Math.exp(low),
  high: Math.exp(high),
});

export const median = (values: readonly number[]): number => quantile([...values], 0.5);
