import { describe, expect, it } from "vitest";
import { findCase } from "../src/cases/all.js";
import { published } from "../src/cases/published.js";
import { PEERS, taskOf, type Job, type Runner } from "../src/job.js";
import { plan } from "../src/plan.js";
import { enginesTable } from "../src/report/engines-table.js";
import { peerPage } from "../src/report/peer-page.js";
import { markdownSummary } from "../src/report/summary.js";
import { textTable } from "@fovea/experiment/console";
import { rowOf, type Row } from "../src/row.js";
import { compareEngines, timesAsFast } from "../src/compare-engines.js";
import { job, observation, results, row } from "./fixtures/rows.js";

const wide = (engine: Partial<Job>) =>
  row([1234.5, 1240, 1250], { case: "model/mv-hfmd-apart", mode: "train", batch: 128, views: 6, ...engine });

describe("compareEngines", () => {
  it("puts together what differs in the engine alone", () => {
    const rows = [
      row([1]),
      row([2], { engine: "cpu" }),
      row([3], { batch: 16 }),
      row([4], { batch: 16, engine: "cpu" }),
    ];
    expect(compareEngines(rows).map(({ by }) => [...by.values()])).toEqual([rows.slice(0, 2), rows.slice(2)]);
  });

  it("is how many times as fast: the median of the rounds", () => {
    const slow = row([10, 40, 30], { engine: "cpu" });
    expect(timesAsFast(row([1, 2, 6]), slow)!.value).toBeCloseTo(10, 9);
    const { low, high } = timesAsFast(row([1, 2, 3]), row([4, 8, 12]))!;
    expect([low, high]).toEqual([expect.closeTo(4, 9), expect.closeTo(4, 9)]);
  });

  it("is not made of wrong numbers, nor of none", () => {
    const invalid = rowOf(job(), [observation([1], { invalid: "the loss differs" })], [], null);
    const failed = rowOf(job({ engine: "cpu" }), [], [], "no kernel");
    expect([timesAsFast(invalid, row([2])), timesAsFast(row([2]), failed), timesAsFast(row([2]), undefined)]).toEqual([
      null,
      null,
      null,
    ]);
    const table = textTable(enginesTable([row([2]), failed])!);
    expect(table).toMatch(/loss\/made-up +infer 8 +2\.00 +ERROR +–/);
  });
});

describe("the table", () => {
  it("is not there for one engine", () => {
    expect(enginesTable([row([1]), row([2], { batch: 16 })])).toBeNull();
    expect(markdownSummary(results([row([1])]))).not.toContain("times as fast");
  });

  it("has an interval where there are rounds, and fits 100 columns with an engine and both peers", () => {
    const engines = ["onnxruntime", ...PEERS] as const;
    const text = textTable(enginesTable(engines.map((engine) => wide({ engine })))!);
    expect(text).toContain("how many times as fast onnxruntime is: median of 3 rounds");
    expect(text).toMatch(/1\.00× \(1\.00–1\.00\)/);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(textTable(enginesTable([row([1]), row([3], { engine: "cpu" })])!)).toMatch(/ 1\.00 +3\.00 +3\.00×$/);
  });
});

describe("peerPage", () => {
  const rows: Row[] = [
    wide({ engine: "wasm" }),
    rowOf(
      job({ case: "model/mv-hfmd-apart", mode: "train", batch: 128, views: 6, engine: "pytorch" }),
      [observation([1000], { engine: "pytorch", valueDifference: 1e-6, difference: 2e-3, params: 12345 })],
      [],
      null,
    ),
  ];

  it("shows times and factors, and that the networks are the same", () => {
    const page = peerPage(results(rows));
    const heads = page.split("\n").filter((line) => line.startsWith("| case | step | threads |"));
    expect(heads[0]).toBe("| case | step | threads | wasm × pytorch |");
    expect(page).toContain("| model/mv-hfmd-apart | train 128×6 | – | 0.810× |");
    expect(page).toContain("| model/mv-hfmd-apart | train 128×6 | – | 1.24k | 1.00k |");
    expect(page).toContain("| model/mv-hfmd-apart | train 128×6 | 12 | 12,345 | 1.0e-6, 2.0e-3 |");
  });

  it("has a line for each number of threads, with a ratio of each engine to each peer, and first calls and memory", () => {
    const times = { "onnxruntime-compiled": 2, onnxruntime: 5, pytorch: 3, "pytorch-compile": 1 } as const;
    const made = [1, 2].flatMap((threads) =>
      Object.entries(times).map(([engine, ms]) =>
        row([ms / threads], { engine: engine as Runner, image: 32, mode: "train", threads }),
      ),
    );
    const page = peerPage(results(made));
    for (const threads of [1, 2]) {
      const at = `| loss/made-up | train 8@32 | ${threads} |`;
      expect(page).toContain(`${at} 1.50× | 0.500× | 0.600× | 0.200× |`);
      expect(page).toContain(`${at} 50.0 | 50.0 | 50.0 | 50.0 |`);
      expect(page).toContain(`${at} 48 | 48 | 48 | 48 |`);
    }
    expect(page).toContain("| loss/made-up | train 8@32, 1 thread | 12 | 12 | 12 |");
  });

  it("says so where there is no PyTorch", () => {
    const page = peerPage(results([row([2]), row([3], { engine: "cpu" })]));
    expect(page).toContain("There was no PyTorch on the machine: its columns are left out.");
    expect(page).toContain("| loss/made-up | infer 8 | – | 2.00 | 3.00 |");
    expect(page).not.toContain("× ");
  });

  it("names the command, but no place of this machine", () => {
    const command = "bench peer model/* -e wasm --python /home/me/bin/python --md docs/a.md -o 5";
    expect(peerPage({ ...results(rows), command })).toContain("`npm run bench -- peer model/* -e wasm -o 5`");
  });
});

describe("the published steps", () => {
  it("are of cases that PyTorch has, in modes that they have", () => {
    for (const { case: name, mode } of published) {
      const one = findCase(name);
      expect([one.peer, (one.modes ?? ["infer", "train"]).includes(mode)]).toEqual([true, true]);
    }
  });
});

describe("plan", () => {
  const one = {
    image: null,
    multiView: false,
    make: () => {
      throw new Error("not made");
    },
  };
  const runJobs = {
    engines: ["wasm", "cpu"],
    modes: ["infer", "train"],
    batches: null,
    views: [3],
    images: null,
    seed: 0,
  } as const;

  it("has the engines in turn for each case, and no mode that a case has not", () => {
    const cases = [
      { ...one, name: "op/a", batch: 1 },
      { ...one, name: "op/b", batch: 1, modes: ["infer"] as const },
    ];
    expect(plan(cases, runJobs).map(({ case: name, mode, engine }) => `${name} ${mode} ${engine}`)).toEqual([
      "op/a infer wasm",
      "op/a infer cpu",
      "op/a train wasm",
      "op/a train cpu",
      "op/b infer wasm",
      "op/b infer cpu",
    ]);
  });

  it("has the engines in turn for each number of threads", () => {
    const jobs = plan([{ ...one, name: "op/a", batch: 1 }], { ...runJobs, modes: ["infer"], threads: [2, 1] });
    expect(jobs.map(({ threads, engine }) => `${engine} ${threads}`)).toEqual(["wasm 2", "cpu 2", "wasm 1", "cpu 1"]);
    expect(new Set(jobs.map(taskOf)).size).toBe(2);
  });
});
