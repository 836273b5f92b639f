import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ZoomInRun } from "../../src/zoomin/run.js";
import { demo } from "../support.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fovea-zoomin-cli-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe.concurrent("zoomin, asked for what cannot be", () => {
  it.each([
    [["--strategies", "zoom"], "no strategy `zoom`; there are zoom-in, attention-sampling"],
    [["--targets", "regulatory--nothing"], "`targets` must be meanings of the package"],
    [["--entropy", "-1"], "expected a number of at least 0"],
  ])("%j says so in a sentence, not a stack", async (args, message) => {
    const { code, stderr } = await demo("zoomin", ...args, "--out", join(root, "none"));
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

const small = [
  "--side",
  "256",
  "--distractors",
  "1",
  "--scenes",
  "8",
  "--tile",
  "64",
  "--patch",
  "48",
  "--samples",
  "3",
];
const tiny = [...small, "--epochs", "1", "--batch", "4", "--contrast", "0.1", "--large", "500", "--strategies", "all"];

describe("zoomin", () => {
  it("trains both kinds, looks at a file, resumes, and classifies a picture of one's own", async () => {
    const out = join(root, "run");
    const first = await demo("zoomin", ...tiny, "--out", out);
    expect(first.stdout).toMatch(/attention sampling +│ +\d+\.\d │/);
    expect(first.stdout).toMatch(/RSS\), training included: \d+ MB/);
    const report = await readFile(join(out, "report.html"), "utf8");
    for (const part of ["mapillary", "three-globe", "second stage", "attention, and patches", 'class="truth"'])
      expect(report).toContain(part);
    expect(report).not.toMatch(/undefined|NaN/);
    const run = JSON.parse(await readFile(join(out, "run.json"), "utf8")) as ZoomInRun;
    for (const { test } of run.strategies) expect(test.confusion.flat().reduce((sum, n) => sum + n, 0)).toBe(2);

    const again = await demo("zoomin", ...tiny, "--out", out, "--resume");
    expect(again.stderr).not.toContain("epoch 1/1 done");
    const checkpoint = join(out, "checkpoints", "zoom-in", "best.safetensors");
    const page = join(root, "prediction.html");
    const picture = join(out, "scene-500.tif");
    const own = await demo("zoomin", "predict", picture, "--checkpoint", checkpoint, "--page", page);
    expect(own.stdout).toContain("scene-500.tif, 500 × 500 pixels:");
    expect(await readFile(page, "utf8")).toContain("first stage");
  }, 120_000);
});
