import { useEngine } from "@fovea/engine";
import { findCase } from "../cases/all.js";
import { compareWith, checksumsOf } from "./check.js";
import { measure } from "./measure.js";
import type { CaseKey, Observation, Reference, RequestOf, Snapshot } from "./protocol.js";
import { snapshotOf } from "./snapshot.js";
import { start } from "./start.js";
import { subjectWorkload } from "./subject-workload.js";

export async function measureCase({ job, budget, expected }: RequestOf<"measure">): Promise<Observation> {
  const started = await start(job);
  const one = findCase(job.case);
  const found = await measure(() => subjectWorkload(one, job, started.compile), started, budget);
  if (!expected) return found;
  const checked = await compareWith(one, job.mode, expected, started.compile);
  return { ...found, ...checked, invalid: found.invalid ?? checked.invalid };
}

export async function takeSnapshot({ job, file }: RequestOf<"snapshot">): Promise<Snapshot> {
  const { compile } = await start(job);
  return snapshotOf(findCase(job.case), job, file, compile);
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
