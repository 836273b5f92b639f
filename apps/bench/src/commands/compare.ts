import { BadInput } from "../bad-input.js";
import { compare, differentConditions } from "../compare.js";
import { comparisonTable } from "../report/comparison-table.js";
import { readResults } from "../results.js";

/** Options of `bench compare`. */
export interface CompareOptions {
  /** Whether a row that is slower or broken makes the exit code 1. Default: no. */
  readonly failOnRegression?: boolean;
  /** Whether files that were measured under different conditions are compared. Default: no. */
  readonly force?: boolean;
}

/** Prints what changed between two files. @returns the exit code: 1 for a regression, if that was asked for */
export function compareFiles(basePath: string, headPath: string, { failOnRegression, force }: CompareOptions): number {
  const [base, head] = [readResults(basePath), readResults(headPath)];
  const differences = differentConditions(base, head);
  if (differences.length > 0 && !force)
    throw new BadInput(
      `measured under different conditions (${differences.join("; ")}); --force compares all the same.`,
    );
  const comparisons = compare(base, head);
  if (comparisons.length === 0) throw new BadInput(`${basePath} and ${headPath} have no row in common.`);
  console.log(comparisonTable(comparisons));
  const worse = comparisons.filter(({ verdict }) => verdict === "slower" || verdict === "broken");
  return failOnRegression && worse.length > 0 ? 1 : 0;
}
