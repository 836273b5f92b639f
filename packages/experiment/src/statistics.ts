import { rng } from "@fovea/nn";
import { mean, quantile, sampleStandardDeviation, sampleWithReplacement } from "simple-statistics";

/** A value and the interval that holds it with 95 % confidence. */
export interface Estimate {
  /** The estimate itself. */
  readonly value: number;
  /** Lower end of the interval. */
  readonly low: number;
  /** Upper end of the interval. */
  readonly high: number;
}

const RESAMPLES = 2000;

/** 97.5 % quantiles of Student's t with 1, 2, … degrees of freedom. Beyond the last, the last: a little too wide. */
const STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228] as const;
const NORMAL = 1.96;

/**
 * The mean of n independent numbers, with a bootstrap interval that holds for a few: its ends are a percentile
 * bootstrap's, their distances from the mean stretched by
 *
 *     t(0.975, n − 1) / 1.96 · √(n / (n − 1))
 *
 * The first factor is for a spread that is itself estimated, the second for resamples that vary by (n − 1) / n of the
 * variance. A single number has no spread, and the whole line for an interval. The same numbers give the same interval.
 */
export function bootstrapMean(values: readonly number[]): Estimate {
  const [n, value] = [values.length, mean([...values])];
  if (n < 2) return { value, low: -Infinity, high: Infinity };
  const uniform = rng(0).uniform(RESAMPLES * n);
  let at = 0;
  const means = Array.from({ length: RESAMPLES }, () =>
    mean(sampleWithReplacement([...values], n, () => uniform[at++]!)),
  );
  const stretch = (student(n) / NORMAL) * Math.sqrt(n / (n - 1));
  const end = (p: number) => value + stretch * (quantile(means, p) - value);
  return { value, low: end(0.025), high: end(0.975) };
}

/** Student's t for the mean of n numbers, n ≥ 2. */
const student = (n: number): number => STUDENT[n - 2] ?? STUDENT.at(-1)!;

/** The 95 % margin of the mean of independent numbers, in percent of it; 0 for a single one. */
export function margin(values: readonly number[]): number {
  const [n, numbers] = [values.length, [...values]];
  return n < 2 ? 0 : (100 * student(n) * sampleStandardDeviation(numbers)) / Math.sqrt(n) / mean(numbers);
}

/**
 * How many times longer one thing takes than another, from their times in as many rounds: the median of the rounds'
 * ratios, with the interval of their mean log-ratio. Rounds that only one has do not count.
 */
export function ratioOfRounds(slow: readonly number[], fast: readonly number[]): Estimate {
  const ratios = slow.slice(0, fast.length).map((ms, round) => ms / fast[round]!);
  return { ...exponentiate(bootstrapMean(ratios.map(Math.log))), value: median(ratios) };
}

/** e to the estimate: from logarithms of ratios to ratios. */
export const exponentiate = ({ value, low, high }: Estimate): Estimate => ({
  value: Math.exp(value),
  low: Math.exp(low),
  high: Math.exp(high),
});

export const median = (values: readonly number[]): number => quantile([...values], 0.5);
