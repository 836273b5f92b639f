import "../../../../tools/vitest/setup.js";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobRecord, Row } from "@fovea/experiment";
import type { Snapshot } from "@fovea/train";
import { saveCheckpoint } from "@fovea/train/node";
import * as tf from "@tensorflow/tfjs-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { experiment } from "../../src/mvhfmd/experiment.js";
import { cliInProcess, inProcess } from "../in-process.js";
import { demo } from "../run-demo.js";
import { withoutData } from "../without-data.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fovea-demo-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const image = async (file: string, red: number, blue: number) => {
  await mkdir(join(file, ".."), { recursive: true });
  await sharp({ create: { width: 40, height: 40, channels: 3, background: { r: red, g: 90, b: blue } } })
    .png()
    .toFile(file);
};

const tiny = ["--size", "32", "--dim", "8", "--depth", "1", "--heads", "2", "--views", "2"];

describe("demo, asked for what cannot be, says so in a sentence", () => {
  it.each([
    [["--views", "0"], "expected a whole number of at least 1", cliInProcess],
    [["--epoch", "3"], "unknown option '--epoch'", demo],
    [["--engine", "gpu"], "Allowed choices are tensorflow, onnxruntime, wasm, webgpu, cpu", cliInProcess],
    [["--variants", "lat"], "no variant `lat`; there are single, early-image", demo],
  ])("%j, without a stack", async (args, message, run) => {
    const { code, stderr } = await run(...args, "--out", join(root, "none"));
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each([
    [["--data", "emojis"], "expected `--data` to be emoji, folder:PATH or cub:PATH, got `emojis`"],
    [["--data", "folder:/no/such/folder"], "/no/such/folder"],
    [["--classes", "5000", "--variants", "single"], "`classes` is 5000, but only"],
    [["predict", "/no/such/folder", "--checkpoint", "/no/such.safetensors"], "cannot read /no/such.safetensors"],
  ])("%j", async (args, message) => {
    const out = args.includes("predict") ? [] : ["--out", join(root, "none")];
    await expect(inProcess(experiment, ...args, ...out)).rejects.toThrow(message);
  });
});

describe("demo on the emoji set", () => {
  it("credits every image and the weights in its report", async () => {
    const out = join(root, "emoji");
    const few = ["--classes", "3", "--epochs", "1", "--collections", "2"];
    const { code } = await inProcess(experiment, ...tiny, ...few, "--variants", "mv-hfmd", "--out", out);
    expect(code).toBe(0);
    const report = await readFile(join(out, "report.html"), "utf8");
    for (const part of ["Google Inc", "Microsoft", "Twitter", "nsfwjs", "three-globe", "CC-BY-4.0"])
      expect(report).toContain(part);
    expect(withoutData(report)).not.toMatch(/undefined|NaN/);
    for (const [, address] of report.matchAll(/href="([^"]*)"/g)) expect(address).toMatch(/^https:/);
  });
});

describe("demo on a folder", () => {
  const small = [...tiny, "--epochs", "6", "--batch", "4"];
  const checkpointOf = (variant: string) => join(root, "run", "checkpoints", "seed-0", variant, "last.safetensors");
  beforeAll(async () => {
    for (const split of ["train", "test"])
      for (let i = 0; i < 4; i++) {
        await image(join(root, "set", split, "red", `${i}.png`), 200 + 10 * i, 20);
        await image(join(root, "set", split, "blue", `${i}.png`), 20, 200 + 10 * i);
      }
    await image(join(root, "set", "train", "thin", "0.png"), 90, 90);
    await writeFile(join(root, "set", "train", "red", "broken.png"), "not an image");
    for (const name of ["a", "b"]) await image(join(root, "mine", "first", `${name}.png`), 220, 20);
    await writeFile(join(root, "mine", "first", "broken.jpg"), "");
  });

  it("names a class with too few images, and goes on without it if it is told to", async () => {
    const set = ["--data", `folder:${join(root, "set")}`];
    await expect(inProcess(experiment, ...small, ...set)).rejects.toThrow(
      "expected at least 2 images of each class in each split; too few of thin (1 train, 0 test)",
    );
    const chosen = ["--thin-classes", "leave-out", "--variants", "mv-hfmd,late-concat", "--out", join(root, "run")];
    const { stdout, stderr } = await inProcess(experiment, ...small, ...set, ...chosen);
    expect(stderr).toContain("train/red/broken.png is left out");
    expect(stderr).toContain("the class thin (1 train, 0 test) has too few images and is left out");
    expect(stdout).toContain("hybrid + distillation");
    expect(await readFile(join(root, "run", "report.html"), "utf8")).toContain("hybrid + distillation");
    const rows = JSON.parse(await readFile(join(root, "run", "rows.json"), "utf8")) as Row[];
    const fused = rows.filter(({ variant, metric, at }) => variant === "mv-hfmd" && metric === "top1" && at["output"] === "fused"); // prettier-ignore
    expect(fused.map(({ at }) => at["views"])).toEqual([1, 2]);
    const record = JSON.parse(await readFile(join(root, "run", "seed-0", "mv-hfmd.json"), "utf8")) as JobRecord;
    expect(record.data.classes).toEqual(["blue", "red"]);
  });

  it("predicts a user's images with any variant, naming what it cannot read", async () => {
    const page = join(root, "predict.html");
    const predict = (variant: string, ...paths: string[]) =>
      inProcess(experiment, "predict", ...paths, "--checkpoint", checkpointOf(variant), "--page", page);
    const { code, stdout, stderr } = await predict("mv-hfmd", join(root, "mine"));
    expect(stdout).toMatch(/first +2 +(red|blue)/);
    expect(stderr).toContain("broken.jpg");
    expect(code).toBe(1);
    expect(await readFile(page, "utf8")).toContain("first");

    const one = join(root, "mine", "first", "a.png");
    const concat = await predict("late-concat", one, join(root, "set", "test", "red"));
    expect(concat.stdout).toMatch(/a\.png +1 +(red|blue)/);
    expect(concat.stderr).toContain("Left out: red has 4 views, but this model takes 2.");

    await expect(predict("mv-hfmd", join(root, "mine", "first", "broken.jpg"))).rejects.toThrow("broken.jpg");
  });

  it("names a checkpoint that is cut short, and one of something else", async () => {
    const predict = (name: string) =>
      inProcess(experiment, "predict", join(root, "mine"), "--checkpoint", join(root, name));
    const whole = await readFile(checkpointOf("mv-hfmd"));
    await writeFile(join(root, "half.safetensors"), whole.subarray(0, whole.length / 2));
    await expect(predict("half.safetensors")).rejects.toThrow("half.safetensors");

    const other = { experiment: "mcloss", variant: "mc" };
    const [history, settings] = [{ steps: {}, epochs: [] }, {} as Snapshot["settings"]];
    const snapshot = {
      ...{ step: 0, batches: 0, config: other, settings, history },
      variables: { "model.x": tf.scalar(1) },
    };
    await saveCheckpoint(join(root, "other.safetensors"), snapshot as unknown as Snapshot);
    await expect(predict("other.safetensors")).rejects.toThrow("is of no variant of mvhfmd, but of `mcloss mc`");
  });
});
