import { createHash } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { writeFileAtomic } from "@fovea/nn/node";

/** What one process does at a time, of a page of results. */
export interface JobName {
  /** Of its file, such as `seed-0/mc`. */
  readonly id: string;
  /** A result of other settings does not count. */
  readonly settings: object;
}

const fileOf = (out: string, id: string): string => join(out, `${id}.json`);
const claimOf = (out: string, id: string): string => join(out, `${id}.claim`);

/** What an earlier process found, if it was with these settings. */
export async function finished<Result extends JobName>(out: string, job: JobName): Promise<Result | undefined> {
  const text = await readFile(fileOf(out, job.id), "utf8").catch(absent);
  if (text === undefined) return undefined;
  const result = JSON.parse(text) as Result;
  return isDeepStrictEqual(result.settings, { ...job.settings }) ? result : undefined;
}

/** Those of the jobs that are done. */
export const finishedOf = async <Result extends JobName>(out: string, jobs: readonly JobName[]): Promise<Result[]> =>
  (await Promise.all(jobs.map((job) => finished<Result>(out, job)))).filter((result) => result !== undefined);

export const save = (out: string, result: JobName): Promise<void> =>
  writeFileAtomic(fileOf(out, result.id), JSON.stringify(result, null, 1));

/** The job of that name, or those whose names start so. */
export function named<Job extends JobName>(jobs: readonly Job[], start: string): readonly Job[] {
  const exact = jobs.filter(({ id }) => id === start);
  return exact.length > 0 ? exact : jobs.filter(({ id }) => id.startsWith(start));
}

/** @throws RangeError if there are no such jobs, with the names that there are */
export const requireNamed = (who: string, start: string, chosen: readonly JobName[], all: readonly JobName[]): void => {
  if (chosen.length === 0)
    throw new RangeError(`${who}: no run starts with \`${start}\`; there are ${all.map(({ id }) => id).join(", ")}.`);
};

/**
 * Runs the jobs that no process has run or is running, one after another.
 *
 * @param run - is given a folder for checkpoints, which is removed when the result is kept: a file says all that is
 *   wanted
 */
export async function runJobs<Job extends JobName>(
  out: string,
  jobs: readonly Job[],
  run: (job: Job, checkpoints: string) => Promise<JobName>,
): Promise<void> {
  for (const [i, job] of jobs.entries()) {
    const release = await claim(out, job);
    if (!release) {
      console.error(`${job.id} is left to the process named in ${claimOf(out, job.id)}`);
      continue;
    }
    try {
      if (await finished(out, job)) continue;
      console.error(`[${i + 1}/${jobs.length}] ${job.id}`);
      const folder = join(out, "checkpoints", job.id);
      await save(out, await run(job, join(folder, fingerprint(job.settings))));
      await rm(folder, { recursive: true, force: true });
    } finally {
      await release();
    }
  }
}

/**
 * Writes the page once every job's file is there.
 *
 * @returns one sentence: what is there now
 */
export async function pageOf<Result extends JobName>(
  out: string,
  jobs: readonly JobName[],
  page: string,
  write: (results: readonly Result[]) => Promise<void>,
): Promise<string> {
  const results = await finishedOf<Result>(out, jobs);
  if (results.length < jobs.length) {
    const missing = jobs.map(({ id }) => id).filter((id) => !results.some((result) => result.id === id));
    return `${results.length} of ${jobs.length} runs are there; the page waits for ${firstOf(missing)}.`;
  }
  await mkdir(dirname(page), { recursive: true });
  await write(results);
  return `${jobs.length} of ${jobs.length} runs are there; the page is written: ${page}`;
}

/** What was begun with other settings is not gone on with. */
const fingerprint = (settings: object): string =>
  createHash("sha256").update(JSON.stringify(settings)).digest("hex").slice(0, 8);

/** The first few names, as an error or a report says them. */
export const firstOf = (names: readonly string[], most = 3): string =>
  names.slice(0, most).join(", ") + (names.length > most ? " and others" : "");

/**
 * Takes a job for this process, unless another that is alive has it. For processes of one machine.
 *
 * @returns what gives it back, or null
 */
export async function claim(out: string, { id }: Pick<JobName, "id">): Promise<(() => Promise<void>) | null> {
  const path = claimOf(out, id);
  await mkdir(dirname(path), { recursive: true });
  const own = `${path}.${process.pid}`;
  await writeFile(own, String(process.pid)); // linked as a whole: nobody reads a claim that is still empty
  const take = () =>
    link(own, path).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
        return false;
      },
    );
  try {
    if (!(await take())) {
      const owner = Number(await readFile(path, "utf8").catch(absent));
      if (alive(owner)) return null;
      await rm(path, { force: true }); // of a process that was killed
      if (!(await take())) return null;
    }
  } finally {
    await rm(own, { force: true });
  }
  return () => rm(path, { force: true });
}

function alive(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

const absent = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== "ENOENT") throw error;
};
