import { rSquared } from "simple-statistics";

/** The coefficients of a law, and how well it fits. */
export interface Fit {
  /** null for a coefficient that the rows do not determine. */
  readonly coefficients: readonly (number | null)[];
  /** The share of the variance that the law explains; null where nothing varies. */
  readonly r2: number | null;
  /** The largest relative error. */
  readonly worst: number;
}

/**
 * y ≈ sum_j c_j x_j with the least sum of squared relative errors, so that small images count as much as large ones.
 *
 * @param x - [rows][terms]
 * @param y - all above 0
 * @returns null where the rows do not tell the terms apart
 */
export function fitSum(x: readonly (readonly number[])[], y: readonly number[]): Fit | null {
  const scaled = x.map((row, i) => [...row.map((value) => value / y[i]!), 1]); // Σ_j c_j x_j / y ≈ 1
  const normal = x[0]!.map((_, j) => scaled[0]!.map((_, k) => scaled.reduce((sum, row) => sum + row[j]! * row[k]!, 0)));
  const coefficients = solve(normal);
  const predicted = coefficients && x.map((row) => sumOf(coefficients, row));
  return predicted && fitOf(coefficients, y, predicted);
}

const sumOf = (coefficients: readonly number[], row: readonly number[]): number =>
  row.reduce((sum, value, j) => sum + coefficients[j]! * value, 0);

/** A pivot that is smaller than this, relative to the largest number of its column, is rounding error. */
const SINGULAR = 1e-10;

/**
 * Gauss–Jordan elimination with pivots.
 *
 * @param system - [terms][terms + 1], the right-hand side last
 * @returns null if it is singular
 */
function solve(system: readonly (readonly number[])[]): number[] | null {
  const rows = system.map((row) => [...row]);
  const sizes = rows.map((_, j) => Math.max(...system.map((row) => Math.abs(row[j]!))));
  for (let j = 0; j < rows.length; j++) {
    const pivot = rows.slice(j).reduce((best, row) => (Math.abs(row[j]!) > Math.abs(best[j]!) ? row : best));
    if (Math.abs(pivot[j]!) <= SINGULAR * sizes[j]!) return null;
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(j, 0, pivot);
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = row[j]! / pivot[j]!;
      row.forEach((value, k) => (row[k] = value - factor * pivot[k]!));
    }
  }
  return rows.map((row, j) => row.at(-1)! / row[j]!);
}

/** The number of rows in which a term must be the largest: fewer could be chance. */
const MIN_ROWS = 2;

/**
 * y ≈ max_j c_j x_j, for stages of which each gives its memory back before the next one begins. No c_j can be more than
 * the least y / x_j; from there, each row goes to the term that is its largest, and each term is fitted to its rows.
 *
 * @returns null for rows that are all the same: any of several terms would do
 */
export function fitLargest(x: readonly (readonly number[])[], y: readonly number[]): Fit | null {
  const terms = x[0]!;
  if (terms.length > 1 && x.every((row) => row.every((value, j) => value === terms[j]))) return null;
  let coefficients: (number | null)[] = terms.map((_, j) => Math.min(...x.map((row, i) => y[i]! / row[j]!)));
  for (let round = 0; round < x.length; round++) {
    const owners = x.map((row) => largestOf(coefficients, row).term);
    coefficients = coefficients.map((_, j) => {
      const shares = x.flatMap((row, i) => (owners[i] === j ? [row[j]! / y[i]!] : []));
      const sum = (power: number) => shares.reduce((sum, share) => sum + share ** power, 0);
      return shares.length < MIN_ROWS ? null : sum(1) / sum(2);
    });
  }
  const predicted = x.map((row) => largestOf(coefficients, row).value);
  return fitOf(coefficients, y, predicted);
}

const largestOf = (coefficients: readonly (number | null)[], row: readonly number[]) =>
  row.reduce(
    (best, value, j) => {
      const own = (coefficients[j] ?? -Infinity) * value;
      return own > best.value ? { term: j, value: own } : best;
    },
    { term: -1, value: -Infinity },
  );

function fitOf(coefficients: readonly (number | null)[], y: readonly number[], predicted: readonly number[]): Fit {
  const r2 = rSquared(
    y.map((value, i) => [i, value]),
    (i) => predicted[i]!,
  );
  const worst = Math.max(...y.map((value, i) => Math.abs(predicted[i]! / value - 1)));
  return { coefficients, r2: Number.isFinite(r2) ? r2 : null, worst };
}
