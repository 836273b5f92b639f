import { mean, sampleStandardDeviation } from "simple-statistics";

/** How a kind of number is called and written. */
export interface Metric {
  /** In the heads of tables: "test top-1". */
  readonly title: string;
  /** `percent`: a share in [0, 1], written as 57.3. Default `number`. */
  readonly unit?: "percent" | "number";
  /** Digits after the point. Default 1 for percent, 2 otherwise. */
  readonly decimals?: number;
}

/** Without a sign before what rounds to zero. */
export const rounded = (value: number, decimals: number): string =>
  value.toFixed(decimals).replace(/^-(0\.?0*)$/, "$1");

/** Mean ± sample standard deviation; of one number that number, of none a dash. */
export function spread(values: readonly number[], decimals = 1): string {
  if (values.length === 0) return "–";
  if (values.length === 1) return rounded(values[0]!, decimals);
  return `${rounded(mean([...values]), decimals)} ± ${rounded(sampleStandardDeviation([...values]), decimals)}`;
}

/**
 * Values of a metric, one a seed, as tables and sentences say them: `57.3 ± 1.2`. Those that are missing do not count.
 */
export function formatted(
  { unit = "number", decimals = unit === "percent" ? 1 : 2 }: Omit<Metric, "title">,
  values: readonly (number | null)[],
): string {
  const scale = unit === "percent" ? 100 : 1;
  return spread(
    values.filter((value) => value !== null).map((value) => scale * value),
    decimals,
  );
}

/** A share in percent, with one digit after the point. */
export const percent = (share: number | null): string => formatted({ unit: "percent" }, [share]);
