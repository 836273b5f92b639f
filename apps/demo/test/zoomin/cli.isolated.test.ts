import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ZoomInRun } from "../../src/zoomin/run.js";
import { demo } from "../run-demo.js";

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
    [["--sides", "256,512,256"], "every side can be learned from once, got --sides 256,512,256"],
    [["--sides", "256,32"], "must fill at most a quarter of the scene, got 32 × 32 pixels"],
    [
      ["predict", "x.tif", "--checkpoint", "none"],
      "train one by `npm run demo -- zoomin`, or name another with `--checkpoint`",
    ],
    [["predict", "x.tif", "--samples", "9"], "unknown option '--samples'"],
  ])("%j says so in a sentence, not a stack", async (args, message) => {
    const { code, stderr } = await demo("zoomin", "--out", join(root, "none"), ...args);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

const tiny = [
  ["--sides", "256,320", "--distractors", "1", "--held", "4", "--batch", "4", "--tile", "64", "--patch", "48"],
  ["--scenes", "8", "--epochs", "1", "--later-scenes", "4", "--later-epochs", "1", "--samples", "3"],
  ["--meanings", "3", "--meaning-scenes", "64", "--meaning-epochs", "1"],
].flat();

describe("zoomin", () => {
  it("trains every kind, looks at a file, resumes, and classifies a picture of one's own", async () => {
    const out = join(root, "run");
    const asked = [...tiny, "--large", "500", "--strategies", "all", "--out", out];
    const first = await demo("zoomin", ...asked);
    expect(first.stdout).toMatch(/attention sampling +│ +256 │ +\d+\.\d │/);
    expect(first.stdout).toMatch(/RSS\), training included: \d+ MB/);
    const report = await readFile(join(out, "report.html"), "utf8");
    for (const part of ["mapillary", "three-globe", "second stage", "attention, and patches", 'class="truth"'])
      expect(report).toContain(part);
    expect(report).not.toMatch(/undefined|NaN/);
    const run = JSON.parse(await readFile(join(out, "run.json"), "utf8")) as ZoomInRun;
    for (const { stages } of run.strategies)
      for (const { test } of stages) expect(test.confusion.flat().reduce((sum, n) => sum + n, 0)).toBe(4);

    expect(await readdir(join(out, "checkpoints"))).toEqual(expect.arrayContaining(["features-1", "features-4"]));

    const again = await demo("zoomin", ...asked, "--resume", "--on-failure", "skip");
    expect(again.stderr).not.toContain("epoch 1/1 done");
    const checkpoint = /zoomin predict --checkpoint (\S+) PICTURE/.exec(first.stdout)![1]!;
    expect(checkpoint).toMatch(/zoom-in.320.best\.safetensors$/);
    const page = join(root, "prediction.html");
    const picture = join(out, "scene-500.tif");
    const own = await demo("zoomin", "predict", picture, "--checkpoint", checkpoint, "--page", page);
    expect(own.stdout).toContain("scene-500.tif, 500 × 500 pixels:");
    expect(await readFile(page, "utf8")).toContain("first stage");

    const damaged = join(root, "damaged.tif");
    await writeFile(damaged, (await readFile(picture)).subarray(0, 3000));
    const both = await demo("zoomin", "predict", damaged, picture, "--checkpoint", checkpoint, "--page", page);
    expect(both.stdout).toContain("scene-500.tif, 500 × 500 pixels:");
    expect(both.stderr).toContain(`Left out: ${damaged}: `);
    expect(both.code).toBe(1);
  });
});

describe("zoomin-results", () => {
  it("writes its page once every run is there, and runs none again", async () => {
    const [out, page] = [join(root, "results"), join(root, "zoomin.md")];
    const asked = ["zoomin-results", ...tiny, "--seeds", "1", "--unseen", "384", "--out", out, "--page", page];
    const one = await demo(...asked, "--only", "seed-0/attention-sampling");
    expect(one.stdout).toContain("1 of 8 runs are there; the page waits for seed-0/zoom-in");
    const memory = join(root, "memory.md");
    await writeFile(memory, "# Memory\n\nas measured\n");
    const rest = await demo(...asked, "--memory", memory);
    expect(rest.stderr).not.toContain("seed-0/attention-sampling");
    expect(rest.stdout).toContain("8 of 8 runs are there");
    const text = await readFile(page, "utf8");
    expect(text).toMatch(/\n\n## Memory\n\nThe same kinds.*\n\nas measured\n\n## How/);
    expect(text).toMatch(/\| 64 \| \d+\.\d{3} \|/); // the last row of the scatter
    expect(text).not.toMatch(/undefined|NaN/);
    expect(await readFile(join(root, "zoomin-variance.svg"), "utf8")).toContain("<svg");
    const unread = await demo(...asked, "--memory", join(root, "none.md"));
    expect(unread.stderr).toMatch(
      /cannot read --memory .*none\.md; `npm run bench -- large --md .*none\.md` writes it/,
    );
    const none = await demo(...asked, "--only", "seed-1");
    expect(none.stderr).toContain("no run starts with `seed-1`; there are seed-0/zoom-in");
  });
});
