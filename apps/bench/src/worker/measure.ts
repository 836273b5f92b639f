import * as tf from "@tensorflow/tfjs-core";
import { Bench } from "tinybench";
import type { Budget } from "../job.js";
import type { Started } from "./start.js";
import { fallbackCounter, perStep } from "./fallbacks.js";
import type { Observation, Samples } from "./protocol.js";
import { total, type Parts, type Step } from "./steps.js";

/** Something whose step is timed. */
export interface Workload {
  readonly step: Step;
  /** Called after the timed steps, once their memory is known. */
  inspect(): Promise<Pick<Observation, "params" | "macs" | "invalid" | "network" | "segmentation">>;
  dispose(): void | Promise<void>;
}

/**
 * Measures the first step, then, after one step to warm up unless the budget says otherwise, as many as it asks for.
 * Memory is read before the workload is inspected.
 */
export async function measure(
  open: () => Promise<Workload>,
  { runner, engine, library }: Started,
  budget: Budget,
): Promise<Observation> {
  const baseline = peakRss();
  const workload = await open();
  try {
    const first = total(await workload.step());
    const steady = await repeat(workload.step, budget, fallbackCounter(engine));
    const rss = { baseline, peak: peakRss() };
    return {
      engine: runner,
      flags: tf.env().getFlags() as Observation["flags"],
      library,
      first: micro(first),
      ...steady,
      rss,
      ...(await workload.inspect()),
      ...{ valueDifference: null, difference: null },
    };
  } finally {
    await workload.dispose();
  }
}

/** Most bytes that have been resident so far. */
export const peakRss = (): number => process.resourceUsage().maxRSS * 1024;

const micro = (ms: number): number => Math.round(ms * 1000) / 1000;

async function repeat(step: Step, budget: Budget, fallbacks: ReturnType<typeof fallbackCounter>) {
  const { time, steps, maxTime, warmup = true } = budget;
  const parts: Parts[] = [];
  let [tensors, calls, start] = [0, fallbacks(), Infinity];
  const deadline = new AbortController();
  const bench = new Bench({ time, iterations: steps, warmup, warmupTime: 0, warmupIterations: 1, throws: true });
  const run = async () => {
    const taken = await step();
    parts.push(taken);
    if (maxTime !== undefined && performance.now() - start > maxTime) deadline.abort();
    return { overriddenDuration: total(taken) }; // disposing the results is not part of a step
  };
  const beforeAll = (phase?: "warmup" | "run") => {
    parts.length = 0; // called before the warm-up, and again before the run
    tensors = tf.memory().numTensors;
    calls = fallbacks();
    if (phase === "run") start = performance.now();
  };
  const task = bench.add("step", run, { async: true, beforeAll, signal: deadline.signal }).tasks[0]!;
  await bench.run();
  const { result } = task;
  if (!("latency" in result)) throw new Error(`the benchmark ended ${result.state}.`);
  return {
    samples: samplesOf(parts),
    rme: result.latency.rme,
    tensorsLeft: (tf.memory().numTensors - tensors) / parts.length,
    fallbacks: perStep(calls, fallbacks(), parts.length),
  };
}

const samplesOf = (parts: readonly Parts[]): Samples => ({
  step: parts.map((part) => micro(total(part))),
  forward: parts.map(({ forward }) => micro(forward)),
  backward: parts.map(({ backward }) => micro(backward)),
  optimizer: parts.map(({ optimizer }) => micro(optimizer)),
});
