import { writeFileAtomic } from "@fovea/nn/node";
import type { Budget, Job } from "../job.js";
import { withProgress } from "@fovea/experiment/console";
import { loadWarning, provenance } from "../provenance.js";
import { compact, stepWithThreads } from "../report/format.js";
import { results, saveResults, type Findings, type Results } from "../results.js";
import { isSuccess, type Row } from "../row.js";
import { runJobs, type SchedulerOptions } from "../scheduler.js";

/** How the jobs of a suite are measured, and where the results go. */
export interface SuiteOptions extends Omit<SchedulerOptions, "onRow"> {
  /** The name of the command, for progress. */
  readonly name: string;
  /** How long each process measures. */
  readonly budget: Budget;
  /** Seed of weights and inputs. */
  readonly seed: number;
  /** File for all samples. Default: none. */
  readonly json?: string | undefined;
  /** File for the page. Default: none. */
  readonly md?: string | undefined;
  /** The text that is printed at the end. */
  readonly text: (results: Results) => string;
  /** The content of the file `md`. */
  readonly page: (results: Results) => string;
  /**
   * Seconds that an observation of a job takes, about, and a whole number: its share of the progress. Default: all take
   * as long.
   */
  readonly secondsOf?: (job: Job) => number;
  /** Laws and checks of all rows; a check that does not hold is a failure. Default: none. */
  readonly findings?: (rows: readonly Row[]) => Findings;
}

/**
 * Measures jobs, prints and saves.
 *
 * @param prepare - does what has to be done before the first job, once the load of the machine is known
 * @returns the exit code: 1 if a row or a check is not fine, 130 if interrupted
 */
export async function runSuite(jobs: readonly Job[], prepare: () => Promise<SuiteOptions>): Promise<number> {
  const origin = provenance();
  warn(loadWarning(origin.machine));
  const options = await prepare();
  const { name, budget, seed, signal, observationsOf, secondsOf = () => 1, findings } = options;
  const resultsOf = (rows: readonly Row[]) => results({ seed, budget, ...origin, rows, ...findings?.(rows) });
  const sumOf = (pick: (job: Job) => number) => jobs.reduce((sum, job) => sum + pick(job), 0);
  const [total, processes] = [sumOf((job) => observationsOf(job) * secondsOf(job)), sumOf(observationsOf)];
  let [done, count] = [0, 0];
  const rows = await withProgress(name, total, (to) =>
    runJobs(jobs, {
      ...options,
      onRow: async (row, rows) => {
        to((done += secondsOf(row)), `${++count}/${processes} ${progressText(row)}`);
        await save(resultsOf(rows()), options); // a crash of this process loses one row at most
      },
    }),
  );
  const found = resultsOf(rows);
  console.log(options.text(found));
  if (signal.aborted) warn(`interrupted: ${rows.length} of ${jobs.length} rows.`);
  return signal.aborted ? 130 : rows.every(isSuccess) && (found.checks ?? []).every(({ holds }) => holds) ? 0 : 1;
}

/** One line about a row that has just been measured. */
export const progressText = (row: Row): string =>
  `${row.case} ${stepWithThreads(row)}, ${row.engine ?? "no engine"}: ${row.status === "ok" ? `${compact(row.stats!.p50)} ms` : row.status}`;

async function save(found: Results, { json, md, page }: SuiteOptions): Promise<void> {
  if (json) await saveResults(json, found);
  if (md) await writeFileAtomic(md, page(found));
}

export function warn(message: string | null): void {
  if (message) console.error(`bench: ${message}`);
}
