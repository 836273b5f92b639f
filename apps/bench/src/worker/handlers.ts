import { useEngine, type EngineName } from "@fovea/engine";
import { findCase } from "../cases/all.js";
import type { Job } from "../job.js";
import { compareWith, checksumsOf } from "./check.js";
import { measure } from "./measure.js";
import type { CaseKey, Observation, Reference, RequestOf, Snapshot } from "./protocol.js";
import { snapshotOf } from "./snapshot.js";
import { subjectWorkload } from "./subject-workload.js";

/** Starts a job's engine; jobs of peers are not sent here. */
const start = ({ engine }: Job) => useEngine((engine ?? undefined) as EngineName | undefined);

export async function measureCase({ job, budget, expected }: RequestOf<"measure">): Promise<Observation> {
  const { engine } = await start(job);
  const one = findCase(job.case);
  const found = await measure(() => subjectWorkload(one, job), engine, budget);
  if (!expected) return found;
  const checked = await compareWith(one, job.mode, expected);
  return { ...found, ...checked, invalid: found.invalid ?? checked.invalid };
}

export async function takeSnapshot({ job, file }: RequestOf<"snapshot">): Promise<Snapshot> {
  await start(job);
  return snapshotOf(findCase(job.case), job, file);
}

export async function computeChecksums({ engine, keys }: RequestOf<"checksums">): Promise<Reference[]> {
  await useEngine(engine);
  const found: Reference[] = [];
  for (const key of keys) found.push(await referenceOf(key));
  return found;
}

async function referenceOf(key: CaseKey): Promise<Reference> {
  try {
    return { ...key, checksums: await checksumsOf(findCase(key.case), key.mode), error: null };
  } catch (error) {
    return { ...key, checksums: null, error: (error as Error).message };
  }
}
