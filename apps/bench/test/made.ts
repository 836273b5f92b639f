import type { Observation } from "../src/child/protocol.js";
import type { Job } from "../src/job.js";
import type { Machine } from "../src/machine.js";
import type { Results } from "../src/results.js";
import { rowOf, type Row } from "../src/row.js";

/** Made-up findings, for what happens to findings. */

export const job = (changes: Partial<Job> = {}): Job => ({
  ...{ case: "loss/made-up", engine: "wasm", mode: "infer", batch: 8, views: 1, image: null, seed: 0 },
  ...changes,
});

/** One process whose steps took these times. */
export const observation = (step: readonly number[], changes: Partial<Observation> = {}): Observation => ({
  ...{
    engine: "wasm",
    flags: {},
    library: "tfjs 4.22.0",
    first: 50,
    rme: 1,
    tensorsLeft: 0,
    fallbacks: {},
    params: 12,
    macs: 34,
  },
  ...{ rss: { baseline: 100e6, peak: 150e6 }, valueDifference: 0, difference: 0, invalid: null },
  samples: { step, forward: step, backward: step.map(() => 0), optimizer: step.map(() => 0) },
  ...changes,
});

/** A row of processes with these medians. */
export const row = (medians: readonly number[], changes: Partial<Job> = {}): Row =>
  rowOf(
    job(changes),
    medians.map((ms) => observation([ms, ms, ms], { engine: changes.engine ?? "wasm" })),
    [],
    null,
  );

const machine: Machine = {
  ...{ cpu: "Imaginary", cores: 2, memory: 8 * 2 ** 30, os: "Linux", node: "v20", load: [0, 0, 0], git: "abc" },
};

export const results = (rows: readonly Row[], changes: Partial<Machine> = {}): Results => ({
  ...{ schema: "bench/1", date: "2026-01-01T00:00:00Z", command: "bench", seed: 0, budget: { time: 1, steps: 1 } },
  machine: { ...machine, ...changes },
  rows,
});
