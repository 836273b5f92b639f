import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { McLossRun } from "../../src/mcloss/run.js";
import { demo } from "../support.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fovea-mcloss-cli-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe.concurrent("mcloss, asked for what cannot be", () => {
  it.each([
    [["mcloss", "--data", "birds"], "`--data` must be `emoji` or `signs`, got `birds`"],
    [["mcloss", "--strategies", "ce,mcc"], "no strategy `mcc`; there are ce, ce-wide, mc,"],
    [["mcloss", "--beta", "-1"], "expected a number of at least 0"],
    [["mcloss", "--classes", "5000"], "`classes` must be at most"],
    [["mcloss-results", "--only", "seed-9"], "no run starts with `seed-9`; there are seed-0/ce, "],
    [["mcloss-results", "--grid-alphas", "1,x"], "expected a number of at least 0"],
  ])("%j says so in a sentence, not a stack", async (args, message) => {
    const { code, stderr } = await demo(...args, "--out", join(root, "none"));
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

const tiny = ["--classes", "3", "--size", "32", "--width", "4", "--epochs", "1", "--tune-epochs", "1"];

describe("mcloss", () => {
  const read = async (out: string) => JSON.parse(await readFile(join(out, "run.json"), "utf8")) as McLossRun;

  it("reports what it trained, credits pictures and weights, and resumes without training again", async () => {
    const out = join(root, "emoji");
    const args = ["mcloss", ...tiny, "--out", out];
    const first = await demo(...args);
    expect(first.stdout).toMatch(/scratch, ξ a class, MC +│ +\d+\.\d │/);
    const report = await readFile(join(out, "report.html"), "utf8");
    for (const part of ["Google Inc", "Twitter", "nsfwjs", "three-globe", "Where the channels look", "channel of"])
      expect(report).toContain(part);
    expect(report).not.toMatch(/undefined|NaN/);
    for (const [, address] of report.matchAll(/href="([^"]*)"/g)) expect(address).toMatch(/^https:/);
    const { strategies } = await read(out);
    expect(strategies.map(({ id }) => id)).toEqual(["ce-wide", "mc", "pretrained-ce", "pretrained-mc"]);
    for (const { test } of strategies) expect(test.confusion.flat().reduce((sum, n) => sum + n, 0)).toBe(72);

    const again = await demo(...args, "--resume");
    expect(again.stderr).not.toContain("epoch 1/1 done");
    const untimed = (run: McLossRun) => run.strategies.map((strategy) => ({ ...strategy, seconds: 0 }));
    expect(untimed(await read(out))).toEqual(untimed({ ...(await read(out)), strategies }));

    const other = await demo(...args, "--resume", "--lr", "0.5");
    expect(other.code).toBe(1);
    expect(other.stderr).toContain("is of another run");
    expect(other.stderr).not.toMatch(/^\s+at /m);
  }, 120_000);

  it("runs on the signs, too", async () => {
    const out = join(root, "signs");
    const { code } = await demo("mcloss", ...tiny, "--data", "signs", "--strategies", "mc", "--out", out);
    expect(code).toBe(0);
    const report = await readFile(join(out, "report.html"), "utf8");
    expect(report).toContain("mapillary");
    expect(report).not.toMatch(/undefined|NaN|nsfwjs/); // no pretrained network here
  }, 120_000);
});

describe("mcloss-results", () => {
  it("shares its runs among processes, and the last one writes the page", async () => {
    const [out, page] = [join(root, "results"), join(root, "page.md")];
    const grid = ["--seeds", "1", "--grid-epochs", "1", "--grid-alphas", "1.5", "--grid-betas", "0,20"];
    const args = ["mcloss-results", ...tiny, ...grid, "--out", out, "--page", page];
    const part = await demo(...args, "--only", "grid");
    expect(part.stdout).toContain("3 of 11 runs are there; the page waits for seed-0/ce, ");
    const one = await demo(...args, "--only", "seed-0/ce"); // not ce-wide
    expect(one.stdout).toContain("4 of 11 runs are there; the page waits for seed-0/ce-wide, ");
    const both = await Promise.all([demo(...args), demo(...args, "--only", "seed-0/pretrained")]);
    const all = [both[0].stderr, both[1].stderr].join("\n");
    expect(all.match(/\] seed-0\/[a-z-]+/g)).toHaveLength(7); // each once, and what the grid chose
    const last = await demo(...args);
    expect(last.stdout).toContain("11 of 11 runs are there; the page is written");
    expect(last.stderr).not.toContain("pictures");
    expect(await readFile(page, "utf8")).not.toMatch(/undefined|NaN/);
  }, 120_000);
});
