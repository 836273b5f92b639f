import * as tf from "@tensorflow/tfjs-core";
import { useEngine } from "@fovea/engine";
import { check, digestOf } from "./check.js";
import { findCase } from "../cases/all.js";
import { measure } from "./measure.js";
import type { Asked, Digested, Observation, Reply, Request } from "./protocol.js";

/** A fresh process: one question, one answer. */
process.once("message", (request: Request) => {
  void answer(request).then((reply) => process.send!(reply, () => process.disconnect()));
});
process.once("disconnect", () => process.exit()); // answered, or whoever asked is gone

async function answer(request: Request): Promise<Reply> {
  try {
    return { ok: true, value: request.kind === "measure" ? await observe(request) : await digests(request) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

async function observe({ job, budget, expected }: Request & { kind: "measure" }): Promise<Observation> {
  const { engine } = await useEngine(job.engine ?? undefined);
  const one = findCase(job.case);
  const measured = await measure(one, job, budget);
  const checked = expected ? await check(one, job.mode, expected) : { difference: null, invalid: null };
  return {
    engine,
    flags: tf.env().getFlags() as Observation["flags"],
    tfjs: tf.version_core,
    ...measured,
    ...checked,
    invalid: measured.invalid ?? checked.invalid,
  };
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
