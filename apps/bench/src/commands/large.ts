import type { EngineName } from "@fovea/engine";
import { writeFileAtomic } from "@fovea/nn/node";
import { BadInput } from "../bad-input.js";
import { asker } from "../child/ask.js";
import { guardFor } from "../large/guard.js";
import { NETWORKS, PARTS, planLarge, type LargeJob, type Network, type Part } from "../large/job.js";
import { missingIn, withFolder, writePictures } from "../large/pictures.js";
import type { LargeBudget } from "../large/protocol.js";
import { largeResults, saveLargeResults, type LargeResults } from "../large/results.js";
import { isNetwork, type LargeRow } from "../large/row.js";
import { runJobs, tooLarge, type RunJobsOptions } from "../large/run-jobs.js";
import { loadWarning, machine } from "../machine.js";
import { largePage, largeText } from "../report/large-page.js";
import { SHARES, withProgress, type Done } from "../report/progress.js";

/** Options of `bench large`. */
export interface LargeOptions {
  readonly parts?: readonly Part[];
  readonly networks?: readonly Network[];
  readonly sides?: readonly number[];
  readonly huge?: readonly number[];
  readonly engine?: readonly EngineName[];
  readonly steps?: number;
  /** Gigabytes beyond which nothing is tried. Default: half of the machine's. */
  readonly most?: number;
  readonly files?: string;
  readonly timeout: number;
  readonly quick?: boolean;
  readonly json?: string;
  readonly md?: string;
}

const NORMAL = {
  ...{ sides: [1000, 2000, 4000], huge: [10_000, 20_000], parts: PARTS },
  ...{ steps: 3, hugeSteps: 1000, sourceSeconds: 2, hugeProcesses: 5 },
};
const QUICK = {
  ...{ sides: [512], huge: [512, 1024], parts: PARTS.filter((part) => part !== "laws") },
  ...{ steps: 1, hugeSteps: 1, sourceSeconds: 0.1, hugeProcesses: 1 },
};
/**
 * A step that takes longer is timed once. Very large pictures are predicted for as long: a process grows for tens of
 * thousands of reads, until garbage is collected as fast as it comes, and pictures are to be compared by what they
 * take, not by how far it got.
 */
const ENOUGH_SECONDS = 20;

/**
 * Measures networks and sources on large pictures, prints and saves.
 *
 * @returns the exit code: 1 if a row failed or a check does not hold, 130 if interrupted
 */
export async function large(options: LargeOptions, signal: AbortSignal): Promise<number> {
  const jobs = jobsOf(options);
  const budgets = budgetsOf(options);
  const here = machine();
  warn(loadWarning(here));
  const ask = asker(signal, options.timeout * 1000);
  const made = (rows: readonly LargeRow[]) => largeResults({ machine: here, ...budgets, rows });
  return withFolder(options.files, async (folder) => {
    const failed = await writePictures(missingIn(folder, jobs), ask);
    const guard = await guardFor(jobs.filter(isNetwork), ask);
    const rows = await underBar(jobs, {
      ...{
        ask,
        guard,
        most: options.most ? options.most * 2 ** 30 : here.memory / 2,
        folder,
        failed,
        ...budgets,
        signal,
      },
      sourceSeconds: usualOf(options).sourceSeconds,
      atOnce: options.quick ? here.cores : 1,
      onRow: (_, rows) => save(made(rows), options), // a crash of this process loses one row at most
    });
    const results = made(rows);
    console.log(largeText(results));
    if (signal.aborted) warn(`interrupted: ${rows.length} of ${jobs.length} rows.`);
    return signal.aborted ? 130 : isGood(results) ? 0 : 1;
  });
}

const usualOf = ({ quick }: LargeOptions) => (quick ? QUICK : NORMAL);

/** `--steps` is not for very large pictures: those are predicted for a time. */
export function budgetsOf(options: LargeOptions): { budget: LargeBudget; hugeBudget: LargeBudget } {
  const { steps, hugeSteps } = usualOf(options);
  const budgetOf = (steps: number): LargeBudget => ({ steps, seconds: ENOUGH_SECONDS });
  return { budget: budgetOf(options.steps ?? steps), hugeBudget: budgetOf(hugeSteps) };
}

function jobsOf(options: LargeOptions): LargeJob[] {
  const { parts, networks, sides, huge, engine } = options;
  if (engine && engine.length > 1) throw new BadInput("large takes one `--engine`.");
  const usual = usualOf(options);
  return planLarge({
    parts: parts ?? usual.parts,
    networks: networks ?? NETWORKS,
    sides: sides ?? usual.sides,
    huge: huge ?? usual.huge,
    hugeProcesses: usual.hugeProcesses,
    engine: engine?.[0] ?? null,
  });
}

/** The bar counts the seconds that jobs may take: some take a hundred times as long as others. */
async function underBar(jobs: readonly LargeJob[], options: RunJobsOptions): Promise<LargeRow[]> {
  const costOf = (job: LargeJob) => (isNetwork(job) && tooLarge(job, options) ? 0.01 : secondsOf(job));
  const total = jobs.reduce((sum, job) => sum + costOf(job), 0);
  const sweep = (done: Done) =>
    runJobs(jobs, {
      ...options,
      onRow: async (row, rows) => {
        const status = row.status === "ok" ? "" : ` ${row.status}`;
        done(`${rows.length}/${jobs.length} ${nameOf(row)} ${row.side}²${status}`, costOf(row));
        await options.onRow(row, rows);
      },
    });
  return withProgress(total, sweep, SHARES);
}

const nameOf = (job: LargeJob): string => (isNetwork(job) ? `${job.network} ${job.mode}` : job.source);

/** About how many seconds a job takes, on a machine of no particular speed. */
function secondsOf(job: LargeJob): number {
  if (!isNetwork(job)) return 10;
  if (job.part === "huge") return 3 + ENOUGH_SECONDS;
  const dear = { full: 25, "down-scaled": 1, attention: 0.2, "zoom-in": 0.1 }[job.network];
  return 3 + (job.side / 1000) ** 2 * dear * (job.mode === "train" ? 1 : 0.3);
}

const isGood = ({ rows, checks }: LargeResults): boolean =>
  rows.every(({ status }) => status !== "ERROR") && checks.every(({ holds }) => holds);

async function save(made: LargeResults, { json, md }: LargeOptions): Promise<void> {
  if (json) await saveLargeResults(json, made);
  if (md) await writeFileAtomic(md, largePage(made));
}

function warn(message: string | null): void {
  if (message) console.error(`bench: ${message}`);
}
