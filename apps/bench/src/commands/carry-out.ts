import { writeFileAtomic } from "@fovea/nn/node";
import type { Ask } from "../child/ask.js";
import type { Budget, Job } from "../job.js";
import { loadWarning, machine } from "../machine.js";
import type { References } from "../references.js";
import { compact, stepName } from "../report/format.js";
import { headline } from "../report/headline.js";
import { withProgress } from "../report/progress.js";
import { sideBySideTable } from "../report/side-by-side-table.js";
import { table } from "../report/table.js";
import { results, saveResults, type Results } from "../results.js";
import type { Row } from "../row.js";
import { sweep } from "../sweep.js";

/** How jobs are carried out, and where what is found goes. */
export interface CarryOutOptions {
  readonly ask: Ask;
  readonly references: (jobs: readonly Job[]) => Promise<References>;
  readonly budget: Budget;
  readonly observations: number;
  readonly atOnce: number;
  readonly seed: number;
  readonly json?: string | undefined;
  readonly md?: string | undefined;
  /** What `md` holds. */
  readonly page: (made: Results) => string;
  readonly signal: AbortSignal;
}

/** Measures, prints and saves. @returns the exit code: 1 if a row is not ok, 130 if interrupted */
export async function carryOut(jobs: readonly Job[], options: CarryOutOptions): Promise<number> {
  const { ask, budget, observations, atOnce, seed, signal } = options;
  const here = machine();
  warn(loadWarning(here));
  const made = (rows: readonly Row[]) => results({ seed, budget, machine: here, rows });
  const references = await options.references(jobs);
  const rows = await withProgress(jobs.length * observations, (done) =>
    sweep(jobs, {
      ...{ ask, references, budget, observations, atOnce, signal },
      onProgress: async (row, rows) => {
        done(`${row.case} ${stepName(row)} ${row.status === "ok" ? `${compact(row.stats!.p50)} ms` : row.status}`);
        await save(made(rows()), options); // a crash of this process loses one row at most
      },
    }),
  );
  console.log([headline(made(rows)), table(rows), sideBySideTable(rows)].filter(Boolean).join("\n\n"));
  if (signal.aborted) warn(`interrupted: ${rows.length} of ${jobs.length} rows.`);
  return signal.aborted ? 130 : rows.every(({ status }) => status === "ok") ? 0 : 1;
}

async function save(made: Results, { json, md, page }: CarryOutOptions): Promise<void> {
  if (json) await saveResults(json, made);
  if (md) await writeFileAtomic(md, page(made));
}

function warn(message: string | null): void {
  if (message) console.error(`bench: ${message}`);
}
