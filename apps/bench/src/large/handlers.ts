import type { Job } from "../job.js";
import { measure, type Workload } from "../worker/measure.js";
import type { Observation, RequestOf } from "../worker/protocol.js";
import { start } from "../worker/start.js";
import { findLargeCase, isNetwork, isSegment, type LargeCase, type NetworkCase } from "./cases.js";
import { memoryUseOf } from "./memory-use.js";
import { networkWorkload } from "./network-workload.js";
import type { ImageFiles, MemoryUse } from "./protocol.js";
import { segmentWorkload } from "./segment-workload.js";
import { sourceWorkload } from "./source-workload.js";
import { writeImage } from "./write-image.js";

/** Measures a case. A source needs no engine, but with one all processes begin with as much memory. */
export async function measureLarge({ job, budget, files }: RequestOf<"measure-large">): Promise<Observation> {
  const started = await start(job);
  const one = findLargeCase(job.case);
  return measure(async () => workloadOf(one, job, files), started, budget);
}

function workloadOf(one: LargeCase, job: Job, files: ImageFiles): Workload | Promise<Workload> {
  if (isNetwork(one)) return networkWorkload(one, job, files.tiff);
  return isSegment(one) ? segmentWorkload(one, job, files.tiff) : sourceWorkload(one, job, files);
}

export async function image({ side, layout, path }: RequestOf<"image">): Promise<null> {
  await writeImage(side, layout, path);
  return null;
}

export async function memory({ job }: RequestOf<"memory">): Promise<MemoryUse> {
  await start(job);
  return memoryUseOf((findLargeCase(job.case) as NetworkCase).network, job.mode);
}
