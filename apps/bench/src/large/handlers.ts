import { measure } from "../worker/measure.js";
import type { Observation, RequestOf } from "../worker/protocol.js";
import { start } from "../worker/start.js";
import { findLargeCase, isNetwork, type NetworkCase } from "./cases.js";
import { memoryUseOf } from "./memory-use.js";
import { networkWorkload } from "./network-workload.js";
import type { MemoryUse } from "./protocol.js";
import { sourceWorkload } from "./source-workload.js";
import { writeImage } from "./write-image.js";

/** Measures a case. A source needs no engine, but with one all processes begin with as much memory. */
export async function measureLarge({ job, budget, files }: RequestOf<"measure-large">): Promise<Observation> {
  const started = await start(job);
  const one = findLargeCase(job.case);
  const open = async () => (isNetwork(one) ? networkWorkload(one, job, files.tiff) : sourceWorkload(one, job, files));
  return measure(open, started, budget);
}

export async function image({ side, layout, path }: RequestOf<"image">): Promise<null> {
  await writeImage(side, layout, path);
  return null;
}

export async function memory({ job }: RequestOf<"memory">): Promise<MemoryUse> {
  await start(job);
  return memoryUseOf((findLargeCase(job.case) as NetworkCase).network, job.mode);
}
