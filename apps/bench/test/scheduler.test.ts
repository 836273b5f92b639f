import { describe, expect, it } from "vitest";
import type { Job } from "../src/job.js";
import { uncheckedNotes } from "../src/references.js";
import { isSuccess, type Row } from "../src/row.js";
import { runJobs, type SchedulerOptions } from "../src/scheduler.js";
import type { Observation } from "../src/worker/protocol.js";
import { job, observation } from "./fixtures/rows.js";

const jobs = ["a", "b", "c"].map((name) => job({ case: name }));

/** Runs jobs in processes that answer as `measure` says. */
const run = (jobs: readonly Job[], measure: (job: Job) => Observation, options: Partial<SchedulerOptions> = {}) =>
  runJobs(jobs, {
    measure: async (job) => measure(job),
    observationsOf: () => 1,
    concurrency: 1,
    signal: new AbortController().signal,
    onRow: () => undefined,
    ...options,
  });

const fail = (message: string): never => {
  throw new Error(message);
};
const statuses = (rows: readonly Row[]) => rows.map(({ status }) => status);

describe("runJobs", () => {
  it("goes on after a failure", async () => {
    const rows = await run(jobs, ({ case: name }) => (name === "b" ? fail("no\n  kernel") : observation([1])));
    expect(statuses(rows)).toEqual(["ok", "ERROR", "ok"]);
    expect(rows[1]!.notes).toEqual(["no kernel"]);
  });

  it("takes every job once a round, each round starting elsewhere, and keeps the order of the rows", async () => {
    const taken: string[] = [];
    const measure = ({ case: name }: Job) => (taken.push(name), observation([1]));
    const rows = await run(jobs, measure, { observationsOf: () => 3 });
    expect(taken.join("")).toBe("abcbcacab");
    expect(rows.map((row) => row.case)).toEqual(["a", "b", "c"]);
    expect(rows.map(({ observations }) => observations.length)).toEqual([3, 3, 3]);
  });

  it("never starts a round between engines that are to do the same", async () => {
    const taken: string[] = [];
    const pairs = jobs.flatMap((one) => [one, { ...one, engine: "cpu" as const }]);
    const measure = ({ case: name, engine }: Job) => (taken.push(`${name}${engine![0]}`), observation([1]));
    await run(pairs, measure, { observationsOf: () => 4 });
    for (let i = 0; i < taken.length; i += 2)
      expect([taken[i], taken[i + 1]]).toEqual([`${taken[i]![0]}w`, `${taken[i]![0]}c`]);
  });

  it("halves the batch until it fits, and says so", async () => {
    const measure = ({ batch }: Job) => (batch > 2 ? fail("Array buffer allocation failed") : observation([1]));
    const [row] = await run([job({ batch: 8 })], measure);
    expect(row).toMatchObject({ batch: 2, status: "ok" });
    expect(row!.notes).toEqual([8, 4].map((batch) => `batch ${batch} → ${batch / 2}: Array buffer allocation failed`));
  });

  it("forgets what it found at a batch that later did not fit", async () => {
    let processes = 0;
    const measure = ({ batch }: Job) => (++processes === 2 ? fail("out of memory") : observation([batch]));
    const [row] = await run([job({ batch: 8 })], measure, { observationsOf: () => 2 });
    expect(row!.observations.map(({ samples }) => samples.step)).toEqual([[4]]);
  });

  it("gives up at a batch of 1", async () => {
    const [row] = await run([job({ batch: 3 })], () => fail("out of memory"));
    expect(row).toMatchObject({ batch: 1, status: "ERROR" });
  });

  it("keeps what is done when interrupted", async () => {
    const interrupt = new AbortController();
    const measure = ({ case: name }: Job) => {
      if (name === "b") interrupt.abort();
      return name === "b" ? fail("killed") : observation([1]);
    };
    const rows = await run(jobs, measure, { signal: interrupt.signal });
    expect(rows.map((row) => row.case)).toEqual(["a"]);
  });

  it("says in a row what is known of its job beforehand", async () => {
    const [row] = await run([job()], () => observation([1]), { notesOf: ({ case: name }) => [`unchecked ${name}`] });
    expect(row!.notes).toEqual(["unchecked loss/made-up"]);
  });

  it("does not try what is too large, and calls that no failure", async () => {
    const tooLarge = ({ case: name }: Job) => (name === "b" ? "not tried: 3 GB" : null);
    const seen: string[] = [];
    const onRow = ({ case: name, status }: Row) => void seen.push(`${name} ${status}`);
    const rows = await run(jobs, ({ case: name }) => (name === "b" ? fail("tried") : observation([1])), {
      ...{ tooLarge, onRow },
    });
    expect(seen).toEqual(["a ok", "b TOO LARGE", "c ok"]);
    expect(rows[1]).toMatchObject({ status: "TOO LARGE", notes: ["not tried: 3 GB"], stats: null });
    expect(rows.every(isSuccess)).toBe(true);
  });

  it("measures each job as often as it wants, in turn", async () => {
    const taken: string[] = [];
    const measure = ({ case: name }: Job) => (taken.push(name), observation([1]));
    await run(jobs, measure, { observationsOf: ({ case: name }) => (name === "a" ? 1 : 3) });
    expect(taken.join("")).toBe("abcbccb");
  });
});

describe("uncheckedNotes", () => {
  it("says when there was nothing to check against", () => {
    const failed = uncheckedNotes(() => ({ checksums: null, error: "the reference is on strike" }));
    expect(failed(job())).toEqual(["unchecked, the reference failed: the reference is on strike"]);
    expect(uncheckedNotes(() => ({ checksums: [], error: null }))(job())).toEqual([]);
  });
});
