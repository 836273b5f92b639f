import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Ask } from "../child/ask.js";
import type { Twin } from "../child/protocol.js";
import { isPeer, type Job } from "../job.js";
import { root } from "../paths.js";

/** What a peer must be to do a job, or undefined if that was not worked out. */
export type Twins = (job: Job) => Twin | undefined;

/**
 * For all that peers are to do: the weights and inputs, in a file, and what the first engine among the jobs makes of them.
 *
 * @throws Error if that engine cannot do it
 */
export async function twins(jobs: readonly Job[], ask: Ask, folder = join(root, ".cache/bench/twins")): Promise<Twins> {
  await mkdir(folder, { recursive: true });
  const engine = jobs.find((job) => !isPeer(job.engine))?.engine ?? null;
  const known = new Map<string, Twin>();
  for (const job of jobs.filter(({ engine }) => isPeer(engine))) {
    const key = keyOf(job);
    const file = join(folder, `${key}.safetensors`);
    if (!known.has(key)) known.set(key, await ask({ kind: "twin", job: { ...job, engine }, file }));
  }
  return (job) => known.get(keyOf(job));
}

/** Everything but the engine, fit for the name of a file. */
const keyOf = ({ case: name, mode, batch, views, image, seed }: Job): string =>
  [name.replace("/", "-"), mode, batch, views, image ?? 0, seed].join("-");
