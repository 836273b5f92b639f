import * as tf from "@tensorflow/tfjs-core";
import { useEngine, type EngineName } from "@fovea/engine";
import { check, digestOf } from "./check.js";
import { findCase } from "../cases/all.js";
import type { Job } from "../job.js";
import { fallbackCounter } from "./fallbacks.js";
import { measure } from "./measure.js";
import type { Asked, Digested, Observation, Reply, Request, Twin } from "./protocol.js";
import { twinOf } from "./twin.js";

/** A fresh process: one question, one answer. */
process.once("message", (request: Request) => {
  void answer(request).then((reply) => process.send!(reply, () => process.disconnect()));
});
process.once("disconnect", () => process.exit()); // answered, or whoever asked is gone

async function answer(request: Request): Promise<Reply> {
  try {
    return { ok: true, value: await answers[request.kind](request as never) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

const answers = { measure: observe, digest: digests, twin };

/** The engine of a job; those of peers are not sent here. */
const start = ({ engine }: Job) => useEngine((engine ?? undefined) as EngineName | undefined);

async function observe({ job, budget, expected }: Request & { kind: "measure" }): Promise<Observation> {
  const { engine } = await start(job);
  const one = findCase(job.case);
  const measured = await measure(one, job, budget, fallbackCounter(engine));
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

async function twin({ job, file }: Request & { kind: "twin" }): Promise<Twin> {
  await start(job);
  return twinOf(findCase(job.case), job, file);
}

async function digests({ engine, asked }: Request & { kind: "digest" }): Promise<Digested[]> {
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
