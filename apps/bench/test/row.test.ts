import { describe, expect, it } from "vitest";
import { driftOf, rowOf } from "../src/row.js";
import { job, observation } from "./fixtures/rows.js";

describe("rowOf", () => {
  it("pools the steps of all observations", () => {
    const { stats, status } = rowOf(job({ batch: 6 }), [observation([1, 2, 3]), observation([3, 4, 5])], [], null);
    expect(status).toBe("ok");
    expect(stats).toMatchObject({ steps: 6, p50: 3, p95: 4.75, samplesPerSecond: 2000, memory: 50e6 });
  });

  it("marks tensors left behind, in any observation", () => {
    const row = rowOf(job(), [observation([1]), observation([1], { tensorsLeft: 2 })], [], null);
    expect(row.status).toBe("LEAK");
    expect(row.notes).toEqual(["2.00 tensors more after every step"]);
  });

  it("marks wrong numbers above all", () => {
    const row = rowOf(job(), [observation([1], { tensorsLeft: 2, invalid: "outputs differ" })], [], null);
    expect(row.status).toBe("INVALID");
    expect(row.notes[0]).toBe("outputs differ");
  });

  it("keeps the reason where there is nothing else", () =>
    expect(rowOf(job(), [], ["batch 8 → 4"], "no kernel")).toMatchObject({
      status: "ERROR",
      stats: null,
      notes: ["batch 8 → 4", "no kernel"],
    }));

  it("says what an engine leaves to JavaScript, the most called first", () => {
    const row = rowOf(job(), [observation([1], { fallbacks: { Erf: 2, TopK: 8 } })], [], null);
    expect(row).toMatchObject({ status: "ok", notes: ["fallbacks to JavaScript a step: TopK 8.00, Erf 2.00"] });
  });

  it("doubts a wide margin and a drift", () => {
    expect(rowOf(job(), [observation([1, 1, 1], { rme: 4.9 })], [], null).doubts).toEqual([]);
    expect(rowOf(job(), [observation([1, 1, 1], { rme: 5.1 })], [], null).doubts).toEqual(["noisy: ±5.10 %"]);
    expect(rowOf(job(), [observation([1, 1, 1, 2, 2, 2])], [], null).doubts[0]).toMatch("drift");
  });
});

describe("driftOf", () => {
  it("compares the last third with the first", () => {
    expect(driftOf([2, 2, 9, 9, 3, 3])).toBeCloseTo(0.5);
    expect(driftOf([1, 9, 9])).toBe(0);
  });
});
