import { mkdtemp, readFile, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobRecord } from "@fovea/experiment";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { experiment } from "../../src/mcloss/experiment.js";
import { cliInProcess, inProcess } from "../in-process.js";
import { demo } from "../run-demo.js";
import { withoutData } from "../without-data.js";
import "../../../../tools/vitest/setup.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fovea-mcloss-cli-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("mcloss, asked for what cannot be", () => {
  it.each([
    [["--beta", "-1"], "expected a number of at least 0"],
    [["results", "--grid-alphas", "1,x"], "expected a number of at least 0"],
  ])("%j says so in a sentence, not a stack", async (args, message) => {
    const { code, stderr } = await cliInProcess("mcloss", ...args);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each([
    [["--data", "birds"], "expected `--data` to be emoji, signs, folder:PATH or cub:PATH, got `birds`"],
    [["--variants", "ce,mcc"], "no variant `mcc`; there are ce, ce-wide, mc,"],
    [["--classes", "5000"], "`classes`"],
    [["results", "--only", "seed-9", "--grid", "off"], "no run starts with `seed-9`; there are seed-0/ce, "],
  ])("%j", (args, message) =>
    expect(inProcess(experiment, ...args, "--out", join(root, "none"))).rejects.toThrow(message),
  );
});

const tiny = ["--classes", "2", "--size", "32", "--width", "4", "--epochs", "1", "--tune-epochs", "1"];
const record = async (out: string, id: string) =>
  JSON.parse(await readFile(join(out, `seed-0/${id}.json`), "utf8")) as JobRecord;

describe("mcloss", () => {
  it("reports what it trained, credits images and weights, resumes without training again, and predicts", async () => {
    const out = join(root, "emoji");
    const args = [...tiny, "--out", out];
    const first = await inProcess(experiment, ...args);
    expect(first.stdout).toMatch(/scratch, ξ a class, MC +\d+\.\d/);
    const report = await readFile(join(out, "report.html"), "utf8");
    for (const part of [
      "Google Inc",
      "Twitter",
      "nsfwjs",
      "three-globe",
      "Where the channels are active",
      "channel 1 of",
    ])
      expect(report).toContain(part);
    expect(withoutData(report)).not.toMatch(/undefined|NaN/);
    for (const [, address] of report.matchAll(/href="([^"]*)"/g)) expect(address).toMatch(/^https:/);
    for (const id of ["ce-wide", "mc", "pretrained-ce", "pretrained-mc"])
      expect((await record(out, id)).test!.confusion!.flat().reduce((sum, n) => sum + n, 0)).toBe(48);

    const again = await inProcess(experiment, ...args, "--resume");
    expect(again.stderr).not.toContain("epoch 1/1 done");
    expect(again.stdout).toBe(first.stdout);

    await expect(inProcess(experiment, ...args, "--resume", "--learning-rate", "0.5")).rejects.toThrow(
      "is of another run",
    );

    const [good, bad] = [join(root, "good.png"), join(root, "bad.png")];
    await sharp({ create: { width: 50, height: 40, channels: 3, background: "red" } })
      .png()
      .toFile(good);
    await writeFile(bad, "no image");
    const checkpoint = join(out, "checkpoints/seed-0/mc/best.safetensors");
    const predicted = await inProcess(experiment, "predict", good, bad, "--checkpoint", checkpoint, "--page", join(root, "pages", "p.html")); // prettier-ignore
    expect(predicted.code).toBe(1);
    expect(predicted.stdout).toMatch(/good\.png +.* +\d+\.\d/);
    expect(predicted.stderr).toContain(`Left out: ${bad}: `);
    expect(await readFile(join(root, "pages", "p.html"), "utf8")).toContain("Channels of");

    const folder = join(root, "exported");
    const exported = await cliInProcess("export", checkpoint, folder, "--image", good);
    expect(exported.stdout).toMatch(/onnx\/model\.onnx\n(.*\n)*model: logits differs by \d\.\de-\d+ at most/);
    expect((await cliInProcess("check", folder)).code).toBe(0);
    const wrong = await cliInProcess("export", good, folder);
    expect([wrong.code, wrong.stderr.includes(good)]).toEqual([1, true]);
  });

  it("runs on the signs, too", async () => {
    const out = join(root, "signs");
    const { code } = await inProcess(experiment, ...tiny, "--data", "signs", "--variants", "mc", "--out", out);
    expect(code).toBe(0);
    const report = await readFile(join(out, "report.html"), "utf8");
    expect(report).toContain("mapillary");
    expect(withoutData(report)).not.toMatch(/undefined|NaN|nsfwjs/); // no pretrained network here
  });

  it("runs on a folder of one's own, with a class too thin, named and left out", async () => {
    const [folder, out] = [join(root, "own"), join(root, "own-run")];
    for (const [background, n] of [
      ["red", 8],
      ["green", 8],
      ["blue", 2],
    ] as const) {
      // prettier-ignore
      await mkdir(join(folder, background), { recursive: true });
      for (let i = 0; i < n; i++)
        await sharp({ create: { width: 40 + i, height: 40, channels: 3, background } }).png().toFile(join(folder, background, `${i}.png`)); // prettier-ignore
    }
    const args = [...tiny, "--variants", "mc", "--batch", "4", "--data", `folder:${folder}`, "--out", out];
    await expect(inProcess(experiment, ...args)).rejects.toThrow(
      "too few of blue (1 train, 0 validation, 1 test). `--thin-classes leave-out` goes on",
    );
    const { stderr, stdout } = await inProcess(experiment, ...args, "--thin-classes", "leave-out");
    expect(stderr).toContain("the class blue (1 train, 0 validation, 1 test) has too few images and is left out");
    expect(stdout).toContain("Guessing gives 50.0 % top-1.");
    expect((await record(out, "mc")).data.classes).toEqual(["green", "red"]);
  });
});

describe("mcloss results", () => {
  it("shares its runs among processes, and the last one writes the page", async () => {
    const [out, page] = [join(root, "results"), join(root, "page.md")];
    const grid = ["--seeds", "1", "--grid-epochs", "1", "--grid-alphas", "1.5", "--grid-betas", "0,20"];
    const args = ["results", ...tiny, ...grid, "--out", out, "--page", page];
    const part = await inProcess(experiment, ...args, "--only", "grid");
    expect(part.stdout).toContain("waits for 8 runs: seed-0/ce, ");
    const one = await inProcess(experiment, ...args, "--only", "seed-0/ce"); // not ce-wide
    expect(one.stdout).toContain("waits for 7 runs: seed-0/ce-wide, ");
    const both = await Promise.all([
      inProcess(experiment, ...args),
      demo("mcloss", ...args, "--only", "seed-0/pretrained"),
    ]);
    const all = [both[0].stderr, both[1].stderr].join("\n");
    expect(all.match(/\] seed-0\/[a-z-]+/g)).toHaveLength(7); // each once, and what the grid chose
    const last = await inProcess(experiment, ...args);
    expect(last.stdout).toContain(`Page: ${page}`);
    expect(last.stderr).not.toContain("images");
    expect(withoutData(await readFile(page, "utf8"))).not.toMatch(/undefined|NaN/);
  });
});
