import "../../../../tools/vitest/setup.js";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultsOf, runExperiment, type JobRecord } from "@fovea/experiment";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepare } from "../../src/zoomin/data.js";
import { experiment } from "../../src/zoomin/experiment.js";
import { SETTINGS, type Settings } from "../../src/zoomin/settings.js";
import { cliInProcess, inProcess } from "../in-process.js";
import { withoutData } from "../without-data.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fovea-zoomin-cli-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const runOptions = { command: "run", seeds: 1, resume: false, typed: "typed", engine: "cpu" } as const;

describe("zoomin, asked for what cannot be", () => {
  it.each([
    [["--entropy", "-1"], "expected a number of at least 0"],
    [
      ["predict", "x.tif", "--checkpoint", "none"],
      "train one by `npm run demo -- zoomin`, or name another with `--checkpoint`",
    ],
    [["predict", "x.tif", "--samples", "9"], "unknown option '--samples'"],
  ])("%j says so in a sentence, not a stack", async (args, message) => {
    const { code, stderr } = await cliInProcess("zoomin", ...args);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each<[Partial<Settings>, string]>([
    [{ targets: ["regulatory--nothing"] }, "`targets` must be meanings of the package"],
    [{ sizes: [256, 512, 256] }, "every size can be learned from once, got --sizes 256,512,256"],
    [{ sizes: [256, 32] }, "must fill at most a quarter of the scene, got 32 × 32 pixels"],
    [{ data: "photos" }, "expected `--data` to be signs or folder:PATH, got `photos`"],
  ])("%j is found out before anything is painted", async (given, message) => {
    const out = join(root, "none");
    const context = { command: "run", out, resume: false, variants: ["zoom-in"] } as const;
    await expect(prepare({ ...defaultsOf(SETTINGS), ...given }, context)).rejects.toThrow(message);
    await expect(readdir(out)).rejects.toThrow("ENOENT");
  });

  it("knows its variants and its runs", async () => {
    const run = (more: object) =>
      runExperiment(experiment, defaultsOf(SETTINGS), { ...runOptions, variants: ["zoom-in"], out: join(root, "none"), ...more }); // prettier-ignore
    await expect(run({ variants: ["zoom"] })).rejects.toThrow(
      "no variant `zoom`; there are zoom-in, attention-sampling",
    );
    await expect(run({ only: "seed-1" })).rejects.toThrow("no run starts with `seed-1`; there are seed-0/zoom-in");
  });
});

const tiny = [
  ["--sizes", "128,160", "--distractors", "1", "--held-out", "4", "--batch", "4", "--tile", "64", "--patch", "48"],
  ["--scenes", "8", "--epochs", "1", "--later-scenes", "4", "--later-epochs", "1", "--samples", "3"],
  ["--pretrain-classes", "3", "--pretrain-scenes", "16", "--pretrain-epochs", "1"],
].flat();

describe("zoomin", () => {
  it("trains every kind, looks at a file, resumes, and classifies an image of one's own", async () => {
    const out = join(root, "run");
    const asked = [...tiny, "--large", "500", "--variants", "all", "--out", out];
    const first = await inProcess(experiment, ...asked);
    expect(first.stdout).toMatch(/attention sampling +128² +\d+\.\d/);
    expect(first.stdout.replace(/\s+/g, " ")).toMatch(/RSS\) was \d+ MB, with training/);
    const report = await readFile(join(out, "report.html"), "utf8");
    for (const part of ["mapillary", "three-globe", "second stage", "attention, and patches", 'stroke="#2ee66b"'])
      expect(report).toContain(part);
    expect(withoutData(report)).not.toMatch(/undefined|NaN/);
    for (const { id } of experiment.variants) {
      const { stages } = JSON.parse(await readFile(join(out, "seed-0", `${id}.json`), "utf8")) as JobRecord;
      expect(stages).toHaveLength(2);
      for (const { test } of stages) expect(test!.confusion!.flat().reduce((sum, n) => sum + n, 0)).toBe(4);
    }

    const features = await readdir(join(out, "features", "seed-0"));
    expect(features).toEqual(expect.arrayContaining(["scale-1", "scale-0.25"]));

    const again = await inProcess(experiment, ...asked, "--resume", "--on-failure", "skip");
    expect(again.stderr).not.toContain("epoch 1/1 done");
    expect(again.stdout).toContain("attention sampling");

    const checkpoint = join(out, "checkpoints", "seed-0", "zoom-in", "160", "best.safetensors");
    const page = join(root, "prediction.html");
    const image = join(out, "seed-0", "scene-500.tif");
    const damaged = join(root, "damaged.tif");
    await writeFile(damaged, (await readFile(image)).subarray(0, 3000));
    const own = await inProcess(experiment, "predict", damaged, image, "--checkpoint", checkpoint, "--page", page);
    expect(own.stdout).toContain("scene-500.tif, 500 × 500 pixels");
    expect(await readFile(page, "utf8")).toContain("first stage");
    expect(own.stderr).toContain(`Left out: ${damaged}: `);
    expect(own.code).toBe(1);
  }, 600_000);
});

describe("zoomin results", () => {
  it("writes its page once every run is there, and runs none again", async () => {
    const [out, page] = [join(root, "results"), join(root, "zoomin.md")];
    const asked = ["results", ...tiny, "--seeds", "1", "--unseen", "192", "--out", out, "--page", page];
    const one = await inProcess(experiment, ...asked, "--only", "seed-0/attention-sampling");
    expect(one.stdout).toContain("The report waits for 7 runs: seed-0/zoom-in");
    const memory = join(root, "memory.md");
    await writeFile(memory, "# Memory\n\nas measured\n");
    const rest = await inProcess(experiment, ...asked, "--memory", memory);
    expect(rest.stderr).not.toContain("seed-0/attention-sampling");
    const text = await readFile(page, "utf8");
    expect(text).toMatch(/\n\n## Memory\n\nThe same kinds.*\n\nas measured\n\n## How/);
    expect(text).toMatch(/\| 64 \| \d+\.\d{3} \|/); // the last row of the scatter
    expect(text).toMatch(/\| test accuracy \| 128² \| 160² \| 192², not trained on \| params \|/);
    expect(withoutData(text)).not.toMatch(/undefined|NaN/);
    expect(await readFile(join(root, "zoomin-1.svg"), "utf8")).toContain("<svg");
    const { stages } = JSON.parse(await readFile(join(out, "seed-0", "zoom-in-mean.json"), "utf8")) as JobRecord;
    expect(stages.map(({ name }) => name)).toEqual(["128"]); // what differs in one thing learns the first size only
  }, 600_000);
});
