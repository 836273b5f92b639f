import { sameButEngine, type Job } from "./job.js";
import { rowOf, tooLargeRow, type Row } from "./row.js";
import type { Observation } from "./worker/protocol.js";

/** How jobs are measured. */
export interface SchedulerOptions {
  /** Measures a job once, in a fresh process. Rejects with the reason if that fails. */
  readonly measure: (job: Job) => Promise<Observation>;
  /** Fresh processes for a job. */
  readonly observationsOf: (job: Job) => number;
  /** What a job's row says, whatever is measured. Default: nothing. */
  readonly notesOf?: (job: Job) => readonly string[];
  /** The reason why a job is not tried, if it would take too much memory. Default: every job is tried. */
  readonly tooLarge?: (job: Job) => string | null;
  /** Processes at a time. More than one disturb one another. */
  readonly concurrency: number;
  /** Starts no further process once it is aborted. */
  readonly signal: AbortSignal;
  /** Called after each observation, with all rows so far. */
  readonly onRow: (row: Row, rows: () => Row[]) => void | Promise<void>;
}

interface Entry {
  job: Job;
  observations: Observation[];
  notes: string[];
  error: string | null;
  readonly tooLarge: string | null;
}

/**
 * Measures every job in as many fresh processes as asked, round by round, each round starting elsewhere, so that a slow
 * minute of the machine does not fall on one job alone. What fails is a row like any other. Once `signal` is aborted,
 * returns the rows there are.
 */
export async function runJobs(jobs: readonly Job[], options: SchedulerOptions): Promise<Row[]> {
  const entries = jobs.map((job) => entryOf(job, options));
  const rows = () => entries.filter(started).map(toRow);
  const turns = order(entries, options.observationsOf).values(); // shared: each loop takes the next
  const loop = async () => {
    for (const entry of turns) {
      if (options.signal.aborted) return;
      if (entry.error === null && entry.tooLarge === null) await observe(entry, options);
      if (!options.signal.aborted) await options.onRow(toRow(entry), rows);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, loop));
  return rows();
}

const entryOf = (job: Job, { notesOf, tooLarge }: SchedulerOptions): Entry => ({
  ...{ job, observations: [], notes: [...(notesOf?.(job) ?? [])], error: null },
  tooLarge: tooLarge?.(job) ?? null,
});

const started = ({ observations, error, tooLarge }: Entry): boolean =>
  observations.length > 0 || error !== null || tooLarge !== null;

const toRow = ({ job, observations, notes, error, tooLarge }: Entry): Row =>
  tooLarge === null ? rowOf(job, observations, notes, error) : tooLargeRow(job, tooLarge);

/** Every entry once a round, each round starting elsewhere, but never between engines that are to do the same. */
function order(entries: readonly Entry[], observationsOf: SchedulerOptions["observationsOf"]): Entry[] {
  const rounds = Math.max(0, ...entries.map(({ job }) => observationsOf(job)));
  return Array.from({ length: rounds }, (_, round) => {
    const turns = entries.filter(({ job }) => observationsOf(job) > round);
    let start = Math.floor((turns.length * round) / rounds);
    while (start > 0 && sameButEngine(turns[start]!.job, turns[start - 1]!.job)) start--;
    return [...turns.slice(start), ...turns.slice(0, start)];
  }).flat();
}

/** Adds one observation. Where memory does not suffice, halves the batch until it does. */
async function observe(entry: Entry, { measure, signal }: SchedulerOptions): Promise<void> {
  for (;;) {
    try {
      entry.observations.push(await measure(entry.job));
      return;
    } catch (cause) {
      if (signal.aborted) return;
      const { message } = cause as Error;
      const { batch } = entry.job;
      if (!isOutOfMemory(message) || batch === 1) return void (entry.error = oneLine(message));
      entry.job = { ...entry.job, batch: Math.floor(batch / 2) };
      entry.observations = []; // of the larger batch
      entry.notes.push(`batch ${batch} → ${entry.job.batch}: ${oneLine(message)}`);
    }
  }
}

/** Whether a message is one that engines and V8 end with when memory does not suffice. */
const isOutOfMemory = (message: string): boolean =>
  /out of memory|memory access out of bounds|allocation failed|cannot enlarge memory|resource exhausted|OOM/i.test(
    message,
  );

const oneLine = (message: string): string => message.replace(/\s+/g, " ").slice(0, 300);
