import type { Ask } from "./child/ask.js";
import type { Observation } from "./child/protocol.js";
import { sameButEngine, type Budget, type Job } from "./job.js";
import type { References } from "./references.js";
import { rowOf, type Row } from "./row.js";

/** How a sweep is run. */
export interface SweepOptions {
  readonly ask: Ask;
  readonly references: References;
  readonly budget: Budget;
  /** Fresh processes for each job. */
  readonly observations: number;
  /** Processes at a time. More than one disturb one another. */
  readonly atOnce: number;
  readonly signal: AbortSignal;
  /** Called after each observation, with all rows so far. */
  readonly onProgress: (row: Row, rows: () => Row[]) => void | Promise<void>;
}

interface Entry {
  job: Job;
  observations: Observation[];
  notes: string[];
  error: string | null;
}

/**
 * Measures every job in as many fresh processes as asked, round by round, each round starting elsewhere, so that a slow
 * minute of the machine does not fall on one job alone. What fails is a row like any other. Once `signal` is aborted,
 * returns what there is.
 */
export async function sweep(jobs: readonly Job[], options: SweepOptions): Promise<Row[]> {
  const entries = jobs.map((job): Entry => ({ job, observations: [], notes: [], error: null }));
  const rows = () => entries.filter(started).map(toRow);
  const turns = order(entries, options.observations).values(); // shared: each worker takes the next
  const worker = async () => {
    for (const entry of turns) {
      if (options.signal.aborted) return;
      if (entry.error === null) await observe(entry, options);
      if (!options.signal.aborted) await options.onProgress(toRow(entry), rows);
    }
  };
  await Promise.all(Array.from({ length: options.atOnce }, worker));
  return rows();
}

const started = ({ observations, error }: Entry): boolean => observations.length > 0 || error !== null;
const toRow = ({ job, observations, notes, error }: Entry): Row => rowOf(job, observations, notes, error);

/** Every entry once a round, each round starting elsewhere, but never between engines that are to do the same. */
const order = (entries: readonly Entry[], rounds: number): Entry[] =>
  Array.from({ length: rounds }, (_, round) => {
    let start = Math.floor((entries.length * round) / rounds);
    while (start > 0 && sameButEngine(entries[start]!.job, entries[start - 1]!.job)) start--;
    return [...entries.slice(start), ...entries.slice(0, start)];
  }).flat();

/** One more observation. Out of memory: half the batch, until it fits. */
async function observe(entry: Entry, { ask, references, budget, signal }: SweepOptions): Promise<void> {
  const { digest, error } = references(entry.job);
  if (!digest && entry.observations.length === 0) entry.notes.push(`unchecked, the reference failed: ${error}`);
  for (;;) {
    try {
      entry.observations.push(await ask({ kind: "measure", job: entry.job, budget, expected: digest }));
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

/** As engines and V8 say it. */
const isOutOfMemory = (message: string): boolean =>
  /out of memory|memory access out of bounds|allocation failed|cannot enlarge memory|resource exhausted|OOM/i.test(
    message,
  );

const oneLine = (message: string): string => message.replace(/\s+/g, " ").slice(0, 300);
