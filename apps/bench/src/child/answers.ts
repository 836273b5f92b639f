import * as tf from "@tensorflow/tfjs-core";
import { useEngine, type EngineName } from "@fovea/engine";
import { check, digestOf } from "./check.js";
import { findCase } from "../cases/all.js";
import type { Job } from "../job.js";
import { fallbackCounter } from "./fallbacks.js";
import { measure as measureCase } from "./measure.js";
import type { Asked, Asking, Digested, Observation, Twin } from "./protocol.js";
import { twinOf } from "./twin.js";

/** The engine of a job; those of peers are not sent here. */
const start = ({ engine }: Job) => useEngine((engine ?? undefined) as EngineName | undefined);

export async function measure({ job, budget, expected }: Asking<"measure">): Promise<Observation> {
  const { engine } = await start(job);
  const one = findCase(job.case);
  const measured = await measureCase(one, job, budget, fallbackCounter(engine));
  const checked = expected
    ? await check(one, job.mode, expected)
    : { valueDifference: null, difference: null, invalid: null };
  return {
    engine,
    flags: tf.env().getFlags() as Observation["flags"],
    library: `tfjs ${tf.version_core}`,
    ...measured,
    ...checked,
    invalid: measured.invalid ?? checked.invalid,
  };
}

export async function twin({ job, file }: Asking<"twin">): Promise<Twin> {
  await start(job);
  return twinOf(findCase(job.case), job, file);
}

export async function digest({ engine, asked }: Asking<"digest">): Promise<Digested[]> {
  await useEngine(engine);
  const found: Digested[] = [];
  for (const one of asked) found.push(await digested(one));
  return found;
}

async function digested(asked: Asked): Promise<Digested> {
  try {
    return { ...asked, digest: await digestOf(findCase(asked.case), asked.mode), error: null };
  } catch (error) {
    return { ...asked, digest: null, error: (error as Error).message };
  }
}
