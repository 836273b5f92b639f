import * as tf from "@tensorflow/tfjs-core";
import { countParams, inferenceContext } from "@fovea/nn";
import { Bench } from "tinybench";
import type { Case, Subject } from "../cases/case.js";
import type { Budget, Job } from "../job.js";
import { countMacs } from "./macs.js";
import { perStep, type Tally } from "./fallbacks.js";
import type { Observation, Samples } from "./protocol.js";
import { inferStep, total, trainStep, type Parts, type Step } from "./steps.js";

/** What is found by running a case at full size, without what is known of the engine or of the reference. */
export type Measurement = Omit<Observation, "engine" | "flags" | "library" | "valueDifference" | "difference">;

/** The first step, the steady ones, and then, untimed, what the numbers and the memory look like. */
export async function measure(one: Case, job: Job, budget: Budget, fallbacks: () => Tally): Promise<Measurement> {
  const baseline = peakRss();
  const subject = await one.make({ ...job, image: job.image ?? 0, tiny: false });
  try {
    const step = job.mode === "infer" ? inferStep(subject) : trainStep(subject, job.seed);
    const first = total(await step());
    const steady = await steps(step, budget, fallbacks);
    const rss = { baseline, peak: peakRss() };
    const { macs, invalid } = await look(subject);
    const params = countParams(subject);
    return { first: micro(first), ...steady, rss, params, macs: macs / job.batch, invalid };
  } finally {
    subject.dispose();
  }
}

const peakRss = (): number => process.resourceUsage().maxRSS * 1024;
const micro = (ms: number): number => Math.round(ms * 1000) / 1000;

/** One step to warm up, then as many as the budget asks for. */
async function steps(step: Step, { time, steps: iterations }: Budget, fallbacks: () => Tally) {
  const parts: Parts[] = [];
  let [tensors, tally] = [0, fallbacks()];
  const bench = new Bench({ time, iterations, warmupTime: 0, warmupIterations: 1, throws: true });
  const run = async () => {
    const taken = await step();
    parts.push(taken);
    return { overriddenDuration: total(taken) }; // disposing the results is not part of a step
  };
  const beforeAll = () => {
    parts.length = 0; // called before the warm-up, and again before the run
    tensors = tf.memory().numTensors;
    tally = fallbacks();
  };
  const task = bench.add("step", run, { async: true, beforeAll }).tasks[0]!;
  await bench.run();
  if (task.result.state !== "completed") throw new Error(`the benchmark ended ${task.result.state}.`);
  return {
    samples: samplesOf(parts),
    rme: task.result.latency.rme,
    tensorsLeft: (tf.memory().numTensors - tensors) / parts.length,
    fallbacks: perStep(tally, fallbacks(), parts.length),
  };
}

const samplesOf = (parts: readonly Parts[]): Samples => ({
  step: parts.map((part) => micro(total(part))),
  forward: parts.map(({ forward }) => micro(forward)),
  backward: parts.map(({ backward }) => micro(backward)),
  optimizer: parts.map(({ optimizer }) => micro(optimizer)),
});

async function look(subject: Subject) {
  const { result, macs } = countMacs(() => subject.forward(inferenceContext()));
  const values = await result.data();
  result.dispose();
  return { macs, invalid: values.every(Number.isFinite) ? null : "the output holds NaN or infinity" };
}
