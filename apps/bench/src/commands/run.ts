import type { EngineName } from "@fovea/engine";
import { writeFileAtomic } from "@fovea/nn/node";
import { cases } from "../cases/all.js";
import { asker } from "../child/ask.js";
import { MODES, plan, type Budget, type Job, type Mode } from "../job.js";
import { loadWarning, machine } from "../machine.js";
import { references } from "../references.js";
import { compact, stepName } from "../report/format.js";
import { headline } from "../report/headline.js";
import { markdown } from "../report/markdown.js";
import { withProgress } from "../report/progress.js";
import { table } from "../report/table.js";
import { results, saveResults, type Results } from "../results.js";
import type { Row } from "../row.js";
import { select } from "../select.js";
import { sweep } from "../sweep.js";

/** Options of `bench [cases...]`. */
export interface RunOptions {
  readonly engine?: readonly EngineName[];
  readonly mode?: readonly Mode[];
  readonly batch?: readonly number[];
  readonly views: readonly number[];
  readonly image?: number;
  readonly observations: number;
  readonly timeout: number;
  readonly seed: number;
  readonly quick?: boolean;
  readonly json?: string;
  readonly md?: string;
}

const NORMAL: Budget = { time: 400, steps: 3 };
const QUICK: Budget = { time: 50, steps: 1 };

/** Measures, prints and saves. @returns the exit code: 1 if a row is not ok, 130 if interrupted */
export async function run(patterns: readonly string[], options: RunOptions, signal: AbortSignal): Promise<number> {
  const jobs = jobsOf(patterns, options);
  const budget = options.quick ? QUICK : NORMAL;
  const here = machine();
  warn(loadWarning(here));
  const made = (rows: readonly Row[]) => results({ seed: options.seed, budget, machine: here, rows });
  const ask = asker(signal, options.timeout * 1000);
  const known = await references(jobs, ask);
  const rows = await withProgress(jobs.length * options.observations, (done) =>
    sweep(jobs, {
      ...{ ask, references: known, budget, observations: options.observations, signal },
      atOnce: options.quick ? here.cores : 1,
      onProgress: async (row, rows) => {
        done(`${row.case} ${stepName(row)} ${row.status === "ok" ? `${compact(row.stats!.p50)} ms` : row.status}`);
        await save(made(rows()), options); // a crash of this process loses one row at most
      },
    }),
  );
  console.log(`${headline(made(rows))}\n\n${table(rows)}`);
  if (signal.aborted) warn(`interrupted: ${rows.length} of ${jobs.length} rows.`);
  return signal.aborted ? 130 : rows.every(({ status }) => status === "ok") ? 0 : 1;
}

const jobsOf = (patterns: readonly string[], options: RunOptions): Job[] =>
  plan(select(cases, patterns), {
    engines: options.engine ?? [null],
    modes: options.mode ?? (options.quick ? ["train"] : MODES), // a training step begins with a forward pass
    batches: options.batch ?? null,
    views: options.views,
    image: options.image ?? null,
    seed: options.seed,
  });

async function save(made: Results, { json, md }: RunOptions): Promise<void> {
  if (json) await saveResults(json, made);
  if (md) await writeFileAtomic(md, markdown(made));
}

function warn(message: string | null): void {
  if (message) console.error(`bench: ${message}`);
}
