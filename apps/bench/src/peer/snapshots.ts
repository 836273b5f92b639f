import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isPeer, taskOf, type Job } from "../job.js";
import { root } from "../paths.js";
import type { SendRequest } from "../worker/client.js";
import type { Snapshot } from "../worker/protocol.js";

/** The snapshot of a job, with which a peer does the same, or the reason why there is none. */
export type Snapshots = (job: Job) => { readonly snapshot: Snapshot | null; readonly error: string | null };

/**
 * Takes snapshots of all jobs of peers: weights and inputs in a file, and what the first engine among the jobs computes
 * with them.
 */
export async function snapshots(
  jobs: readonly Job[],
  send: SendRequest,
  folder = join(root, ".cache/bench/snapshots"),
): Promise<Snapshots> {
  await mkdir(folder, { recursive: true });
  const engine = jobs.find((job) => !isPeer(job.engine))?.engine ?? null;
  const known = new Map<string, ReturnType<Snapshots>>();
  for (const job of jobs.filter(({ engine }) => isPeer(engine))) {
    const task = numbersOf(job);
    const file = join(folder, `${task.replaceAll(/\W/g, "-")}.safetensors`);
    if (!known.has(task)) known.set(task, await snapshotOf({ ...job, engine }, file, send));
  }
  return (job) => known.get(numbersOf(job)) ?? { snapshot: null, error: "it was not computed at that size" };
}

/** What is computed, in one line: the same with any number of threads. */
const numbersOf = ({ threads: _, ...job }: Job): string => taskOf(job);

async function snapshotOf(job: Job, file: string, send: SendRequest): Promise<ReturnType<Snapshots>> {
  try {
    return { snapshot: await send({ kind: "snapshot", job, file }), error: null };
  } catch (cause) {
    return { snapshot: null, error: (cause as Error).message };
  }
}
