import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { takeLock, writeFileAtomic } from "@fovea/nn/node";

/** What one process does at a time, and keeps in one file. */
export interface StoredJob {
  /** The name of its file without `.json`, such as `seed-0/mc`. */
  readonly id: string;
  /** A result of other settings does not count. */
  readonly settings: object;
}

/** How jobs are run. */
export interface StoreOptions {
  /** Whether what is there already is left as it is, and what was interrupted is gone on with. */
  readonly resume: boolean;
  /** Whether checkpoints stay when a job is done. */
  readonly keepCheckpoints: boolean;
}

const fileOf = (out: string, id: string): string => join(out, `${id}.json`);
const claimOf = (out: string, id: string): string => join(out, `${id}.claim`);

/** What an earlier process found, if it was with these settings. */
export async function finished<Result extends StoredJob>(out: string, job: StoredJob): Promise<Result | undefined> {
  const text = await readFile(fileOf(out, job.id), "utf8").catch(absent);
  if (text === undefined) return undefined;
  const result = JSON.parse(text) as Result;
  return isDeepStrictEqual(result.settings, JSON.parse(JSON.stringify(job.settings))) ? result : undefined;
}

/** The results of those jobs that are done. */
export const finishedOf = async <Result extends StoredJob>(
  out: string,
  jobs: readonly StoredJob[],
): Promise<Result[]> =>
  (await Promise.all(jobs.map((job) => finished<Result>(out, job)))).filter((result) => result !== undefined);

/** The job of that name, or those whose names start so. */
export function named<Job extends StoredJob>(jobs: readonly Job[], start: string): readonly Job[] {
  const exact = jobs.filter(({ id }) => id === start);
  return exact.length > 0 ? exact : jobs.filter(({ id }) => id.startsWith(start));
}

/**
 * Runs the jobs that no process has run or is running, one after another. Any number of processes may share the folder.
 *
 * @param run - is given a folder for checkpoints, and which of the jobs it is, such as `1/4`
 */
export async function runJobs<Job extends StoredJob>(
  out: string,
  jobs: readonly Job[],
  { resume, keepCheckpoints }: StoreOptions,
  run: (job: Job, checkpoints: string, place: string) => Promise<StoredJob>,
): Promise<void> {
  for (const [i, job] of jobs.entries()) {
    const release = claim(out, job);
    if (!release) {
      console.error(`${job.id} is left to the process named in ${claimOf(out, job.id)}`);
      continue;
    }
    try {
      if (resume && (await finished(out, job))) continue;
      const folder = join(out, "checkpoints", job.id);
      const own = keepCheckpoints ? folder : join(folder, fingerprint(job.settings));
      const result = await run(job, own, `${i + 1}/${jobs.length}`);
      await writeFileAtomic(fileOf(out, job.id), JSON.stringify(result, null, 1));
      if (!keepCheckpoints) await rm(folder, { recursive: true, force: true });
    } finally {
      release();
    }
  }
}

/**
 * Makes what several jobs begin with, once for all processes that share the folder: those that come later wait for it.
 *
 * @param make - is given a folder for checkpoints, which stays
 * @returns that folder
 */
export async function madeOnce(
  out: string,
  thing: StoredJob,
  { resume, signal }: { readonly resume: boolean; readonly signal?: AbortSignal | undefined },
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(out, thing.id, fingerprint(thing.settings));
  let release = claim(out, thing);
  for (; !release; release = claim(out, thing)) await setTimeout(WAIT_MS, undefined, { signal });
  try {
    if (resume && (await finished(out, thing))) return folder;
    await make(folder);
    await writeFileAtomic(fileOf(out, thing.id), JSON.stringify(thing));
    return folder;
  } finally {
    release();
  }
}

const WAIT_MS = 500;

/** What was begun with other settings is not gone on with. */
const fingerprint = (settings: object): string =>
  createHash("sha256").update(JSON.stringify(settings)).digest("hex").slice(0, 8);

/** Takes a job for this process, unless another that is alive has it. @returns what gives it back, or null */
export function claim(out: string, { id }: Pick<StoredJob, "id">): (() => void) | null {
  const path = claimOf(out, id);
  mkdirSync(dirname(path), { recursive: true });
  const { lock } = takeLock(path);
  return lock && (() => lock.release());
}

const absent = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== "ENOENT") throw error;
};
