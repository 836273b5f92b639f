import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BadInput } from "../src/bad-input.js";
import type { Ask } from "../src/child/ask.js";
import { budgetsOf, large } from "../src/commands/large.js";
import { bytesOf, guardFor } from "../src/large/guard.js";
import { planLarge } from "../src/large/job.js";
import { missingIn, withFolder, writePictures } from "../src/large/pictures.js";
import type { LargeResults } from "../src/large/results.js";
import { runJobs } from "../src/large/run-jobs.js";
import { networkList, partList, sideList } from "../src/options.js";
import { networkFound, networkJob, sourceJob } from "./made-large.js";

const cli = fileURLToPath(new URL("../src/cli.ts", import.meta.url));
const bench = (...args: string[]) =>
  spawnSync(process.execPath, ["--conditions=@fovea/source", "--import", "tsx", cli, "large", ...args], {
    encoding: "utf8",
  });

const folder = mkdtempSync(join(tmpdir(), "fovea-bench-large-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("bench large", () => {
  it("writes a picture, measures a network on it in a fresh process, prints and saves", () => {
    const [json, md] = [join(folder, "a.json"), join(folder, "a.md")];
    const what = ["--parts", "sizes", "--networks", "zoom-in", "--sides", "512", "--steps", "1", "--engine", "wasm"];
    const { status, stdout, stderr } = bench(...what, "--files", folder, "--json", json, "--md", md);
    expect(stderr).toMatch(/ETA .* writing needle-512\.tif[^]* ETA .* 2\/2 zoom-in train 512²/);
    expect(stdout).toMatch(/\n512 +zoom-in infer 8 +\d .*\n512 +zoom-in train 8 +\d /);
    expect(status).toBe(0);
    const made = JSON.parse(readFileSync(json, "utf8")) as LargeResults;
    expect(made).toMatchObject({ schema: "large/1", rows: [{ mode: "infer" }, { mode: "train" }] });
    const found = made.rows[0]!.found as ReturnType<typeof networkFound>;
    const of = (count: number, side: number, scale: number) => ({ scale, count, pixels: count * side ** 2 });
    expect(found.reads).toEqual([of(4, 32, 1 / 8), of(found.tiles!, 64, 1 / 4), of(8, 64, 1)]);
    expect(found).toMatchObject({ engine: "wasm", patches: 8, seconds: [expect.any(Number)] });
    expect(found.decodedBytes).toBeGreaterThan(64 ** 2 * 3); // 1/8 of the picture is one block
    // patches, and the windows they are cut into
    expect(found.tensors.peak).toBeGreaterThan(8 * (64 ** 2 * 3 + 16 ** 2 * 32) * 4);
    expect(found.rss.peak).toBeGreaterThanOrEqual(found.rss.baseline);
    expect(readFileSync(md, "utf8")).toContain("| 512 | zoom-in | infer | 8 |");
    expect(readdirSync(folder).sort()).toEqual(["a.json", "a.md", "needle-512.tif"]);
  });

  it.each([
    [() => sideList("100,1000"), "expected a side of at least 256 whole pixels, got `100`."],
    [() => partList("sizes,speed"), "`speed` is none of sizes, laws, huge, sources."],
    [() => networkList("vgg"), "`vgg` is none of full, down-scaled, attention, zoom-in."],
  ])("refuses what cannot be in a sentence (%#)", (parse, message) => expect(parse).toThrow(message));

  it("refuses two engines", () =>
    expect(large({ engine: ["wasm", "cpu"], timeout: 1 }, new AbortController().signal)).rejects.toThrow(
      new BadInput("large takes one `--engine`."),
    ));

  it("predicts very large pictures for a time, whatever `--steps` is", () => {
    const { budget, hugeBudget } = budgetsOf({ steps: 7, timeout: 1 });
    expect(budget.steps).toBe(7);
    expect(hugeBudget).toEqual({ steps: 1000, seconds: 20 });
  });

  it("has lists without repetitions", () => {
    expect(sideList("1000,256,1000")).toEqual([1000, 256]);
    expect(partList("huge")).toEqual(["huge"]);
  });
});

describe("the plan", () => {
  const networks = ["full", "zoom-in"] as const;
  const all = { networks, sides: [3000, 1000, 2000], huge: [8000, 4000], hugeProcesses: 2, engine: null };

  it("begins with small pictures, and has both modes", () =>
    expect(planLarge({ ...all, parts: ["sizes"] }).map((job) => job.side)).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3].map((k) => 1000 * k))); // prettier-ignore

  it("changes one thing at a time, at the side in the middle", () => {
    const jobs = planLarge({ ...all, parts: ["laws"] });
    expect(jobs).toHaveLength(2 * 8); // the full picture has nothing to change
    expect(new Set(jobs.map(({ side }) => side))).toEqual(new Set([2000]));
  });

  it("repeats very large pictures in turn, and reads sources at the largest side", () => {
    expect(planLarge({ ...all, parts: ["huge"] }).map(({ side }) => side)).toEqual([4000, 8000, 4000, 8000]);
    expect(new Set(planLarge({ ...all, parts: ["sources"] }).map(({ side }) => side))).toEqual(new Set([3000]));
  });
});

describe("a sweep", () => {
  const jobs = [networkJob(), networkJob({ side: 5000 }), sourceJob];
  const options = (changes: Partial<Parameters<typeof runJobs>[1]> = {}) => ({
    ...{ ask: (() => Promise.resolve(networkFound())) as unknown as Ask, guard: () => null, most: 1e9, folder },
    ...{ failed: new Map<string, string>(), budget: { steps: 1, seconds: 1 }, sourceSeconds: 1, atOnce: 1 },
    hugeBudget: { steps: 9, seconds: 9 },
    ...{ signal: new AbortController().signal, onRow: async () => {} },
    ...changes,
  });
  beforeAll(() => writeFileSync(join(folder, "needle-1000.tif"), "")); // nobody looks into it

  it("has a row for what cannot be, and goes on", async () => {
    const failed = new Map([[join(folder, "needle-5000.tif"), "no space left"]]);
    const ask = (() => Promise.reject(new Error("out of memory:\nkilled"))) as unknown as Ask;
    const rows = await runJobs(jobs, options({ failed, ask }));
    expect(rows.map(({ status, note }) => [status, note])).toEqual([
      ["ERROR", "out of memory: killed"],
      ["ERROR", "there is no picture: no space left"],
      ["ERROR", "out of memory: killed"],
    ]);
  });

  it("does not try what would take too much, but for what must be shown", async () => {
    const tried = [networkJob(), networkJob({ part: "huge" }), sourceJob];
    const rows = await runJobs(tried, options({ guard: () => 3 * 2 ** 30, most: 2 ** 31 }));
    expect(rows.map(({ status }) => status)).toEqual(["TOO LARGE", "ok", "ok"]);
    expect(rows[0]!.note).toBe("not tried: it would take about 3.0 GB, more than 2.0 GB");
  });

  it("takes its time for very large pictures", async () => {
    const budgets: unknown[] = [];
    const ask = ((request: { budget: unknown }) => {
      budgets.push(request.budget);
      return Promise.resolve(networkFound());
    }) as unknown as Ask;
    await runJobs([networkJob(), networkJob({ part: "huge" })], options({ ask }));
    expect(budgets).toEqual([{ steps: 1, seconds: 1 }, { steps: 9, seconds: 9 }]); // prettier-ignore
  });

  it("keeps finished rows when it is interrupted", async () => {
    const interrupt = new AbortController();
    const seen: number[] = [];
    const onRow = async (_: unknown, rows: readonly unknown[]) => {
      seen.push(rows.length);
      interrupt.abort();
    };
    const rows = await runJobs([networkJob(), networkJob()], options({ signal: interrupt.signal, onRow }));
    expect([rows.length, seen]).toEqual([1, [1]]);
  });
});

describe("what a network would take", () => {
  it("is a line, and never less for a larger picture", () => {
    expect(bytesOf({ constant: 100, perPixel: 3 }, 10)).toBe(400);
    expect(bytesOf({ constant: 100, perPixel: -3 }, 10)).toBe(100);
  });

  it("is asked once for each network and mode that is to see a large picture", async () => {
    const asked: unknown[] = [];
    const ask = ((request: unknown) => {
      asked.push(request);
      return Promise.resolve({ constant: 5, perPixel: 1 });
    }) as unknown as Ask;
    const jobs = [networkJob({ side: 2000 }), networkJob({ side: 3000 }), networkJob({ side: 1000, mode: "infer" })];
    const guard = await guardFor([...jobs, networkJob({ side: 9000, part: "huge", mode: "infer" })], ask);
    expect(asked).toEqual([{ kind: "estimate", trial: { network: "zoom-in", mode: "train", engine: null } }]);
    expect(jobs.map(guard)).toEqual([4_000_005, 9_000_005, null]);
  });
});

describe("pictures", () => {
  it("are wanted once, and not if they are there", () => {
    const jobs = [networkJob(), networkJob({ side: 700 }), networkJob({ side: 700 }), { ...sourceJob, source: "Deep Zoom" } as const]; // prettier-ignore
    expect(missingIn(folder, jobs).map(({ path }) => path)).toEqual(
      ["needle-700.tif", "needle-1000.dzi"].map((name) => join(folder, name)),
    );
  });

  it("that could not be written leave nothing behind, and say why", async () => {
    const path = join(folder, "needle-999.tif");
    const ask = (() => {
      writeFileSync(`${path}.uuid.strips`, "half of it");
      return Promise.reject(new Error("killed"));
    }) as unknown as Ask;
    expect([...(await writePictures([{ side: 999, layout: "tiff", path }], ask))]).toEqual([[path, "killed"]]);
    expect(readdirSync(folder).filter((name) => name.includes("999"))).toEqual([]);
  });

  it("go with their folder, unless it was given", async () => {
    const made = await withFolder(undefined, async (folder) => (writeFileSync(join(folder, "a"), ""), folder));
    expect(existsSync(made)).toBe(false);
    const given = join(folder, "given");
    await withFolder(given, async () => undefined);
    expect(existsSync(given)).toBe(true);
    rmSync(given, { recursive: true });
  });
});
