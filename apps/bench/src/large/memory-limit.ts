import type { Job } from "../job.js";
import { withProgress } from "@fovea/experiment/console";
import type { SendRequest } from "../worker/client.js";
import { findLargeCase, isNetwork, isOf } from "./cases.js";
import type { MemoryUse } from "./protocol.js";

/** The reason why a job would take too much memory, or null. */
export type MemoryLimit = (job: Job) => string | null;

/** Images of up to this side are always tried. */
const ALWAYS_TRIED = 1024;

/**
 * Measures, in a fresh process each, the memory of the networks that are to see larger images than that. Images
 * of `huge/*` and `segment/*` are tried in any case: that their memory is bounded is to be shown.
 *
 * @param maxBytes - bytes resident beyond which a job is not tried
 */
export async function memoryLimit(jobs: readonly Job[], maxBytes: number, send: SendRequest): Promise<MemoryLimit> {
  const trials = [...new Map(jobs.filter(isLimited).map((job) => [keyOf(job), job]))];
  const known = new Map<string, MemoryUse>();
  if (trials.length > 0)
    await withProgress("memory", trials.length, async (to) => {
      for (const [i, [key, job]] of trials.entries()) {
        const found = await send({ kind: "memory", job }).catch(() => null); // its rows will say why
        if (found) known.set(key, found);
        to(i + 1, key);
      }
    });
  return (job) => {
    const found = known.get(keyOf(job));
    const bytes = found && isLimited(job) ? bytesOf(found, job.image!) : 0;
    return bytes > maxBytes ? `not tried: it would take about ${gigabytes(bytes)}, more than ${gigabytes(maxBytes)}` : null; // prettier-ignore
  };
}

const isLimited = (job: Job): boolean =>
  job.image! > ALWAYS_TRIED && !isOf("huge", job) && isNetwork(findLargeCase(job.case));

/** What jobs share that take as much memory: the network and the mode. */
function keyOf({ case: name, mode }: Job): string {
  const one = findLargeCase(name);
  return `${isNetwork(one) ? one.network : name} ${mode}`;
}

/** Bytes for an image of a side. A line through noise may fall: then nothing grows. */
export const bytesOf = ({ constant, perPixel }: MemoryUse, side: number): number =>
  constant + Math.max(0, perPixel) * side ** 2;

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GB`;
