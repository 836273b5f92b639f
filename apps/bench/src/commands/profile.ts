import type { EngineName } from "@fovea/engine";
import { textTable } from "@fovea/experiment/console";
import * as tf from "@tensorflow/tfjs-core";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BadInput } from "../bad-input.js";
import { cases } from "../cases/all.js";
import type { Case, Subject } from "../cases/case.js";
import { COMPILED, type Job, type Mode } from "../job.js";
import { kernelsTable, operatorsTable, type ProfileTable } from "../report/profile-tables.js";
import { stepWithThreads } from "../report/format.js";
import { select } from "../select.js";
import { compiledInferStep, compiledTrainStep } from "../worker/compiled-steps.js";
import { timeKernels } from "../worker/kernel-times.js";
import { operatorTimes, readTraces } from "../worker/operator-times.js";
import type { Compile } from "../worker/compile.js";
import { start } from "../worker/start.js";
import { inferStep, trainStep, type Step } from "../worker/steps.js";

/** Options of `bench profile`. */
export interface ProfileOptions {
  /** One engine. Default: the best that works. */
  readonly engine?: readonly EngineName[];
  /** What is measured. */
  readonly mode: readonly Mode[];
  /** Samples in a step. Default: the case's own, the first of several. */
  readonly batch?: number;
  /** Steps that are timed. */
  readonly steps: number;
  /** Threads of the engine. Default: its own number. */
  readonly threads?: number;
  /** Whether the operators of the compiled step are timed, in place of the kernels of the engine. Default: no. */
  readonly compiled?: boolean;
  /** Kernels or operators that are shown. */
  readonly top: number;
}

const WARM_UP = 3;

/** Prints the kernels that a step spends its time in, or the operators of the compiled step. */
export async function profile(name: string, options: ProfileOptions): Promise<void> {
  const { one, job } = jobOf(name, options);
  const { runner, compile } = await start(job);
  const subject = await one.make({ ...job, image: job.image ?? 0, tiny: false });
  const { ms, inside, what, table } = await (compile
    ? operators(subject, job, compile, options)
    : kernels(subject, job, options));
  console.log(
    `${one.name} ${stepWithThreads(job)}, ${runner}: ${ms.toFixed(1)} ms a step, ${inside.toFixed(1)} of them in ${what}`,
  );
  console.log(textTable(table));
  subject.dispose();
}

function jobOf(name: string, options: ProfileOptions): { readonly one: Case; readonly job: Job } {
  const { compiled, engine: engines = [], threads } = options;
  const [one, ...others] = select(cases, [name]);
  const [mode] = options.mode;
  if (others.length > 0 || engines.length > 1 || options.mode.length > 1 || !mode || mode === "read")
    throw new BadInput("profile: expected one case, one `--engine` and one `--mode`, infer or train.");
  if (compiled && engines[0] && engines[0] !== "onnxruntime")
    throw new BadInput(`profile: expected --compiled with the engine onnxruntime, which compiles, got ${engines[0]}.`);
  const { batch, image, multiView } = one!;
  const job: Job = {
    ...{ case: name, engine: compiled ? COMPILED : (engines[0] ?? null), mode, views: multiView ? 3 : 1, seed: 0 },
    ...{ batch: options.batch ?? [batch].flat()[0]!, image: image?.full ?? null, ...(threads && { threads }) },
  };
  return { one: one!, job };
}

/** Each kernel is timed where it is called, which is right for engines that compute at once. */
async function kernels(subject: Subject, job: Job, { steps, top }: ProfileOptions): Promise<ProfileTable> {
  const step = job.mode === "infer" ? inferStep(subject) : trainStep(subject, job.seed);
  await repeat(step, WARM_UP);
  const times = timeKernels(tf.getBackend());
  const ms = await repeat(step, steps);
  return kernelsTable(times, { ms, steps, top });
}

async function operators(
  subject: Subject,
  job: Job,
  compile: Compile,
  { steps, top }: ProfileOptions,
): Promise<ProfileTable> {
  const folder = mkdtempSync(join(tmpdir(), "fovea-profile-"));
  try {
    const profile = { profile: join(folder, "trace") };
    const { step, dispose } =
      job.mode === "infer"
        ? compiledInferStep(subject, compile, profile)
        : compiledTrainStep(subject, job.seed, compile, profile);
    await repeat(step, WARM_UP);
    const ms = await repeat(step, steps);
    dispose(); // completes the trace
    return operatorsTable(operatorTimes(readTraces(folder), WARM_UP), { ms, top });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Milliseconds of a step, of so many. */
async function repeat(step: Step, steps: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < steps; i++) await step();
  return (performance.now() - start) / steps;
}
