import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demo } from "./run-demo.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fovea-demo-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const picture = async (file: string, red: number, blue: number) => {
  await mkdir(join(file, ".."), { recursive: true });
  await sharp({ create: { width: 40, height: 40, channels: 3, background: { r: red, g: 90, b: blue } } })
    .png()
    .toFile(file);
};

describe.concurrent("demo, asked for what cannot be", () => {
  it.each([
    [["--views", "0"], "expected a whole number of at least 1"],
    [["--data", "emojis"], "`--data` must be `emoji` or `folder:PATH`, got `emojis`"],
    [["--data", "folder:/no/such/folder"], "/no/such/folder"],
    [["--strategies", "lat"], "no strategy `lat`; there are single, early-image"],
    [["--engine", "gpu"], "Allowed choices are tensorflow, onnxruntime, wasm, webgpu, cpu"],
    [["--epoch", "3"], "unknown option '--epoch'"],
    [["--classes", "5000", "--strategies", "single"], "`classes` is 5000, but only"],
    [["predict", "/no/such/folder", "--checkpoint", "/no/such.safetensors"], "cannot read /no/such.safetensors"],
  ])("%j says so in a sentence, not a stack", async (args, message) => {
    const { code, stderr } = await demo(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe("demo on the emoji set", () => {
  it("credits every picture and the weights in its report", async () => {
    const tiny = ["--classes", "3", "--size", "32", "--dim", "8", "--depth", "1", "--heads", "2", "--epochs", "1"];
    const out = join(root, "emoji");
    const { code } = await demo(...tiny, "--strategies", "mv-hfmd", "--out", out);
    expect(code).toBe(0);
    const report = await readFile(join(out, "report.html"), "utf8");
    for (const part of ["Google Inc", "Microsoft", "Twitter", "nsfwjs", "three-globe", "CC-BY-4.0"])
      expect(report).toContain(part);
    expect(report).not.toContain("undefined");
    for (const [, address] of report.matchAll(/href="([^"]*)"/g)) expect(address).toMatch(/^https:/);
  });
});

describe("demo on a folder", () => {
  it("trains, reports, and then predicts a user's pictures, naming the one it cannot read", async () => {
    for (const split of ["train", "test"])
      for (let i = 0; i < 4; i++) {
        await picture(join(root, "set", split, "red", `${i}.png`), 200 + 10 * i, 20);
        await picture(join(root, "set", split, "blue", `${i}.png`), 20, 200 + 10 * i);
      }
    await writeFile(join(root, "set", "train", "red", "broken.png"), "not a picture");
    const small = [
      "--size",
      "32",
      "--dim",
      "8",
      "--depth",
      "1",
      "--heads",
      "2",
      "--views",
      "2",
      "--epochs",
      "6",
      "--batch",
      "4",
    ];
    const out = join(root, "run");
    const trained = await demo(
      "--data",
      `folder:${join(root, "set")}`,
      ...small,
      "--strategies",
      "mv-hfmd",
      "--out",
      out,
    );
    expect(trained.stdout).toContain("hybrid + distillation");
    expect(await readFile(join(out, "report.html"), "utf8")).toContain("hybrid + distillation");
    const { strategies } = JSON.parse(await readFile(join(out, "run.json"), "utf8")) as {
      strategies: { accuracy: unknown[] }[];
    };
    expect(strategies[0]!.accuracy).toHaveLength(2);

    expect(trained.stderr).toContain("train/red/broken.png is left out");

    await picture(join(root, "mine", "first", "a.png"), 220, 20);
    await picture(join(root, "mine", "first", "b.png"), 210, 20);
    await writeFile(join(root, "mine", "first", "broken.jpg"), "");
    const checkpoint = join(out, "checkpoints", "mv-hfmd", "last.safetensors");
    const page = join(root, "predict.html");
    const predicted = await demo("predict", join(root, "mine"), "--checkpoint", checkpoint, "--out", page);
    expect(predicted.stdout).toMatch(/first +│ 2 +│ (red|blue)/);
    expect(predicted.stderr).toContain("broken.jpg");
    expect(await readFile(page, "utf8")).toContain("first");

    const whole = await readFile(checkpoint);
    await writeFile(join(root, "half.safetensors"), whole.subarray(0, whole.length / 2));
    const halved = await demo("predict", join(root, "mine"), "--checkpoint", join(root, "half.safetensors"));
    expect(halved.code).toBe(1);
    expect(halved.stderr).toContain("half.safetensors");
  });
});
