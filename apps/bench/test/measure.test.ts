import { describe, expect, it } from "vitest";
import type { Budget } from "../src/job.js";
import { measure } from "../src/worker/measure.js";

/** The number of all steps that were taken, and of those that were timed. */
async function countsOf(budget: Budget): Promise<{ taken: number; timed: number }> {
  let taken = 0;
  const workload = {
    step: () => Promise.resolve({ forward: ++taken, backward: 0, optimizer: 0 }),
    inspect: () => Promise.resolve({ params: 0, macs: 0, invalid: null }),
    dispose: () => {},
  };
  const { samples } = await measure(
    () => Promise.resolve(workload),
    { runner: "cpu", engine: "cpu", library: "none" },
    budget,
  );
  return { taken, timed: samples.step.length };
}

describe("measure", () => {
  it("takes a first step and one to warm up before those that are timed", async () =>
    expect(await countsOf({ time: 0, steps: 3 })).toEqual({ taken: 5, timed: 3 }));

  it("does not warm up where steps are long", async () =>
    expect(await countsOf({ time: 0, steps: 1, warmup: false })).toEqual({ taken: 2, timed: 1 }));
});
