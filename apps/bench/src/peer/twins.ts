import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Ask } from "../child/ask.js";
import type { Twin } from "../child/protocol.js";
import { isPeer, taskOf, type Job } from "../job.js";
import { root } from "../paths.js";

/** What a peer must be to do a job, or why that is not known. */
export type Twins = (job: Job) => { readonly twin: Twin | null; readonly error: string | null };

/**
 * For all that peers are to do: the weights and inputs, in a file, and what the first engine among the jobs makes of
 * them.
 */
export async function twins(jobs: readonly Job[], ask: Ask, folder = join(root, ".cache/bench/twins")): Promise<Twins> {
  await mkdir(folder, { recursive: true });
  const engine = jobs.find((job) => !isPeer(job.engine))?.engine ?? null;
  const known = new Map<string, ReturnType<Twins>>();
  for (const job of jobs.filter(({ engine }) => isPeer(engine))) {
    const task = taskOf(job);
    const file = join(folder, `${task.replaceAll(/\W/g, "-")}.safetensors`);
    if (!known.has(task)) known.set(task, await twinOf({ ...job, engine }, file, ask));
  }
  return (job) => known.get(taskOf(job)) ?? { twin: null, error: "not asked at that size" };
}

async function twinOf(job: Job, file: string, ask: Ask): Promise<ReturnType<Twins>> {
  try {
    return { twin: await ask({ kind: "twin", job, file }), error: null };
  } catch (cause) {
    return { twin: null, error: (cause as Error).message };
  }
}
