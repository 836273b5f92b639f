import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rng } from "@fovea/nn";
import { afterEach, describe, expect, it, vi } from "vitest";
import { BadInput } from "../src/bad-input.js";
import { compareFiles } from "../src/commands/compare.js";
import { compare, type Verdict } from "../src/compare.js";
import { comparisonTable } from "../src/report/comparison-table.js";
import { saveResults, type Results } from "../src/results.js";
import { rowOf, type Row } from "../src/row.js";
import { job, observation, results, row } from "./fixtures/rows.js";

const verdict = (base: Row, head: Row) => compare(results([base]), results([head]))[0]!.verdict;
const DRAWS = 500;
const COUNTS = [3, 5, 8];

/**
 * Share of verdicts, in percent, over many pairs of `count` processes whose times vary by `spread` (the log's
 * deviation).
 */
function share(wanted: readonly Verdict[], { count, spread, change }: Record<"count" | "spread" | "change", number>) {
  const logs = rng(count).normal(2 * count * DRAWS, 0, spread);
  const drawn = (at: number, ms: number) => row(Array.from(logs.slice(at, at + count), (x) => ms * Math.exp(x)));
  const verdicts = Array.from({ length: DRAWS }, (_, i) => {
    return verdict(drawn(2 * count * i, 10), drawn(2 * count * i + count, 10 * change));
  });
  return (100 * verdicts.filter((one) => wanted.includes(one)).length) / DRAWS;
}

describe("compare", () => {
  it("sees a clear change", () => {
    expect(verdict(row([10, 10.2, 9.9]), row([20, 20.1, 19.7]))).toBe("slower");
    expect(verdict(row([20, 20.1, 19.7]), row([10, 10.2, 9.9]))).toBe("faster");
  });

  it("gives the ratio and an interval that holds it", () => {
    const { ratio } = compare(results([row([10, 10, 10])]), results([row([19, 20, 21])]))[0]!;
    const value = (19 * 20 * 21) ** (1 / 3) / 10;
    const stretch = (4.303 / 1.96) * Math.sqrt(3 / 2); // of the smallest and the largest: the ends of any 3 resampled
    expect(ratio!.value).toBeCloseTo(value, 6);
    expect(ratio!.low).toBeCloseTo(value * (1.9 / value) ** stretch, 6);
    expect(ratio!.high).toBeCloseTo(value * (2.1 / value) ** stretch, 6);
  });

  it.each(COUNTS)("calls noise inconclusive, 19 times in 20 (%i processes)", (count) =>
    expect(share(["faster", "slower"], { count, spread: 0.25, change: 1 })).toBeLessThanOrEqual(5),
  );

  it.each(COUNTS)("finds that time doubled (%i processes)", (count) =>
    expect(share(["slower"], { count, spread: 0.1, change: 2 })).toBeGreaterThan(90),
  );

  it("does not believe single processes", () => {
    const single = compare(results([row([10])]), results([row([200])]));
    expect(single[0]!.verdict).toBe("inconclusive");
    expect(comparisonTable(single)).toMatch(/\+1900.0 % +– +inconclusive/);
  });

  it("sees rows break and recover", () => {
    const broken = rowOf(job(), [observation([1, 1, 1], { tensorsLeft: 1 })], [], null);
    expect(verdict(row([1]), broken)).toBe("broken");
    expect(verdict(broken, row([1]))).toBe("repaired");
    expect(verdict(row([1]), rowOf(job(), [], [], "no kernel"))).toBe("broken");
  });

  it("pairs rows by everything that was asked for", () => {
    const base = results([row([1], { batch: 1 }), row([2], { batch: 2 })]);
    const pairs = compare(base, results([row([2], { batch: 2 }), row([4], { batch: 4 })]));
    expect(pairs.map(({ base }) => base.batch)).toEqual([2]);
  });
});

describe("bench compare", () => {
  const folder = mkdtempSync(join(tmpdir(), "fovea-bench-"));
  const saved = async (name: string, made: Results) => {
    await saveResults(join(folder, name), made);
    return join(folder, name);
  };
  afterEach(() => vi.restoreAllMocks());

  it("fails on a regression only if asked", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const base = await saved("base.json", results([row([10, 10, 10])]));
    const head = await saved("head.json", results([row([20, 20, 20])]));
    expect(compareFiles(base, head, {})).toBe(0);
    expect(compareFiles(base, head, { failOnRegression: true })).toBe(1);
    expect(compareFiles(head, base, { failOnRegression: true })).toBe(0);
    expect(log.mock.calls[0]![0]).toMatch(/loss\/made-up .*\+100.0 % … \+100.0 % +slower/);
  });

  it("refuses different machines, unless forced", async () => {
    vi.spyOn(console, "log").mockImplementation(() => {});
    const base = await saved("here.json", results([row([10])]));
    const head = await saved("there.json", results([row([10])], { cpu: "Other", cores: 4 }));
    expect(() => compareFiles(base, head, {})).toThrow("(cpu Imaginary → Other; cores 2 → 4); --force");
    expect(() => compareFiles(base, head, {})).toThrow(BadInput);
    expect(compareFiles(base, head, { force: true })).toBe(0);
  });

  it.each([
    ["another schema", '{"schema": "bench/0", "rows": []}', 'expected schema "bench/1", got "bench/0".'],
    ["no schema", "{}", 'expected schema "bench/1", got none.'],
    ["null", "null", 'expected schema "bench/1", got none.'],
    ["no rows", '{"schema": "bench/1"}', "no `rows`"],
    ["half a file", '{"schema": "bench/1", "rows": [', "not JSON, or not all of it"],
  ])("refuses %s", (name, text, message) => {
    const path = join(folder, `${name}.json`);
    writeFileSync(path, text);
    expect(() => compareFiles(path, path, {})).toThrow(message);
  });

  it("refuses a file that is not there, and files without a common row", async () => {
    expect(() => compareFiles(join(folder, "none.json"), "b", {})).toThrow("cannot be read (ENOENT)");
    const [base, head] = [await saved("a.json", results([row([1], { batch: 1 })])), await saved("b.json", results([]))];
    expect(() => compareFiles(base, head, {})).toThrow("no row in common");
  });
});
