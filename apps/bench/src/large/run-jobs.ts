import { existsSync } from "node:fs";
import type { Ask } from "../child/ask.js";
import type { Guard } from "./guard.js";
import type { LargeJob, NetworkJob, SourceJob } from "./job.js";
import { filesIn } from "./pictures.js";
import type { LargeBudget } from "./protocol.js";
import { isNetwork, type LargeRow, type NetworkRow, type SourceRow } from "./row.js";

/** How jobs are run. */
export interface RunJobsOptions {
  readonly ask: Ask;
  readonly guard: Guard;
  /** Bytes resident beyond which nothing is tried. */
  readonly most: number;
  readonly folder: string;
  /** Why pictures are missing, by path. */
  readonly failed: ReadonlyMap<string, string>;
  readonly budget: LargeBudget;
  /** Of very large pictures. */
  readonly hugeBudget: LargeBudget;
  /** Seconds of each rate of a source. */
  readonly sourceSeconds: number;
  /** Processes at a time. */
  readonly atOnce: number;
  readonly signal: AbortSignal;
  /** Called after each row, with all of them so far, in the order of the jobs. */
  readonly onRow: (row: LargeRow, rows: readonly LargeRow[]) => Promise<void>;
}

/** A fresh process a job. What fails is a row like any other. Once `signal` is aborted, returns what there is. */
export async function runJobs(jobs: readonly LargeJob[], options: RunJobsOptions): Promise<LargeRow[]> {
  const found = new Map<LargeJob, LargeRow>();
  const rows = () => jobs.flatMap((job) => found.get(job) ?? []);
  const turns = jobs.values(); // shared: each worker takes the next
  const worker = async () => {
    for (const job of turns) {
      if (options.signal.aborted) return;
      const row = isNetwork(job) ? await networkRow(job, options) : await sourceRow(job, options);
      if (options.signal.aborted) return;
      found.set(job, row);
      await options.onRow(row, rows());
    }
  };
  await Promise.all(Array.from({ length: options.atOnce }, worker));
  return rows();
}

async function networkRow(job: NetworkJob, options: RunJobsOptions): Promise<NetworkRow> {
  const { ask, folder, failed } = options;
  const budget = job.part === "huge" ? options.hugeBudget : options.budget;
  const note = tooLarge(job, options);
  if (note) return { ...job, status: "TOO LARGE", note, found: null };
  const file = filesIn(folder, job.side).tiff;
  return { ...job, ...(await outcome(file, failed, () => ask({ kind: "network", job, file, budget }))) };
}

/** Why a job is not tried, if it is not. What is to be shown of very large pictures is tried in any case. */
export function tooLarge(job: NetworkJob, { guard, most }: Pick<RunJobsOptions, "guard" | "most">): string | null {
  const expected = guard(job);
  return job.part === "huge" || expected === null || expected <= most
    ? null
    : `not tried: it would take about ${gigabytes(expected)}, more than ${gigabytes(most)}`;
}

async function sourceRow(job: SourceJob, { ask, folder, failed, sourceSeconds }: RunJobsOptions): Promise<SourceRow> {
  const files = filesIn(folder, job.side);
  const file = files[job.source === "Deep Zoom" ? "deep-zoom" : "tiff"];
  const seconds = sourceSeconds;
  return { ...job, ...(await outcome(file, failed, () => ask({ kind: "source", job, files, seconds }))) };
}

async function outcome<Found>(file: string, failed: ReadonlyMap<string, string>, measure: () => Promise<Found>) {
  try {
    if (!existsSync(file)) throw new Error(`there is no picture: ${failed.get(file) ?? "it was not written"}`);
    return { status: "ok", note: null, found: await measure() } as const;
  } catch (error) {
    return { status: "ERROR", note: (error as Error).message.replace(/\s+/g, " ").slice(0, 300), found: null } as const;
  }
}

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GB`;
