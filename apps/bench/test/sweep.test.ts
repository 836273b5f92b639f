import { describe, expect, it } from "vitest";
import type { Ask } from "../src/child/ask.js";
import type { Observation, Request } from "../src/child/protocol.js";
import type { Job } from "../src/job.js";
import type { Row } from "../src/row.js";
import { sweep, type SweepOptions } from "../src/sweep.js";
import { job, observation } from "./made.js";

const jobs = ["a", "b", "c"].map((name) => job({ case: name }));

/** Sweeps with processes that answer as `measure` says. */
const swept = (jobs: readonly Job[], measure: (job: Job) => Observation, options: Partial<SweepOptions> = {}) => {
  const ask = async (request: Request) => (request.kind === "measure" ? measure(request.job) : []);
  return sweep(jobs, {
    ask: ask as Ask,
    references: () => ({ digest: [], error: null }),
    budget: { time: 0, steps: 1 },
    observations: 1,
    atOnce: 1,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...options,
  });
};

const fail = (message: string): never => {
  throw new Error(message);
};
const statuses = (rows: readonly Row[]) => rows.map(({ status }) => status);

describe("sweep", () => {
  it("goes on after a failure", async () => {
    const rows = await swept(jobs, ({ case: name }) => (name === "b" ? fail("no\n  kernel") : observation([1])));
    expect(statuses(rows)).toEqual(["ok", "ERROR", "ok"]);
    expect(rows[1]!.notes).toEqual(["no kernel"]);
  });

  it("takes every job once a round, each round starting elsewhere, and keeps the order of the rows", async () => {
    const taken: string[] = [];
    const measure = ({ case: name }: Job) => (taken.push(name), observation([1]));
    const rows = await swept(jobs, measure, { observations: 3 });
    expect(taken.join("")).toBe("abcbcacab");
    expect(rows.map((row) => row.case)).toEqual(["a", "b", "c"]);
    expect(rows.map(({ observations }) => observations.length)).toEqual([3, 3, 3]);
  });

  it("never starts a round between engines that are to do the same", async () => {
    const taken: string[] = [];
    const pairs = jobs.flatMap((one) => [one, { ...one, engine: "cpu" as const }]);
    const measure = ({ case: name, engine }: Job) => (taken.push(`${name}${engine![0]}`), observation([1]));
    await swept(pairs, measure, { observations: 4 });
    for (let i = 0; i < taken.length; i += 2)
      expect([taken[i], taken[i + 1]]).toEqual([`${taken[i]![0]}w`, `${taken[i]![0]}c`]);
  });

  it("halves the batch until it fits, and says so", async () => {
    const measure = ({ batch }: Job) => (batch > 2 ? fail("Array buffer allocation failed") : observation([1]));
    const [row] = await swept([job({ batch: 8 })], measure);
    expect(row).toMatchObject({ batch: 2, status: "ok" });
    expect(row!.notes).toEqual([8, 4].map((batch) => `batch ${batch} → ${batch / 2}: Array buffer allocation failed`));
  });

  it("forgets what it found at a batch that later did not fit", async () => {
    let processes = 0;
    const measure = ({ batch }: Job) => (++processes === 2 ? fail("out of memory") : observation([batch]));
    const [row] = await swept([job({ batch: 8 })], measure, { observations: 2 });
    expect(row!.observations.map(({ samples }) => samples.step)).toEqual([[4]]);
  });

  it("gives up at a batch of 1", async () => {
    const [row] = await swept([job({ batch: 3 })], () => fail("out of memory"));
    expect(row).toMatchObject({ batch: 1, status: "ERROR" });
  });

  it("keeps what is done when interrupted", async () => {
    const interrupt = new AbortController();
    const measure = ({ case: name }: Job) => {
      if (name === "b") interrupt.abort();
      return name === "b" ? fail("killed") : observation([1]);
    };
    const rows = await swept(jobs, measure, { signal: interrupt.signal });
    expect(rows.map((row) => row.case)).toEqual(["a"]);
  });

  it("says when there was nothing to check against", async () => {
    const references = () => ({ digest: null, error: "the reference is on strike" });
    const [row] = await swept([job()], () => observation([1]), { references });
    expect(row!.notes).toEqual(["unchecked, the reference failed: the reference is on strike"]);
  });
});
