import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobRecord } from "@fovea/experiment";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { experiment } from "../../src/pma/experiment.js";
import { cliInProcess, inProcess } from "../in-process.js";
import { withoutData } from "../without-data.js";
import { ownList } from "./own-list.js";
import "../../../../tools/vitest/setup.js";

let root: string;
let list: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fovea-pma-cli-"));
  list = await ownList(join(root, "own"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const tiny = ["--size", "64", "--epochs", "1", "--batch", "4", "--phrase-dim", "8", "--final-dim", "8"];
const own = () => [...tiny, "--data", `list:${list}`];
const record = async (out: string, id: string) =>
  JSON.parse(await readFile(join(out, `seed-0/${id}.json`), "utf8")) as JobRecord;

describe("pma, asked for what cannot be", () => {
  it("says so in a sentence, not a stack", async () => {
    const { code, stderr } = await cliInProcess("pma", "--sentences", "0");
    expect(code).toBe(1);
    expect(stderr).toContain("expected a whole number of at least 1");
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each([
    [["--data", "birds"], "expected `--data` to be emoji, cub:PATH or list:FILE, got `birds`"],
    [["--data", "list:/none.jsonl"], "there is no list /none.jsonl"],
    [["--variants", "pma-9"], "no variant `pma-9`; there are cnn, vision, text, pma,"],
  ])("%j", (args, message) =>
    expect(inProcess(experiment, ...args, "--out", join(root, "none"))).rejects.toThrow(message),
  );

  it("names a file of word vectors that has none of the words", async () => {
    const path = join(root, "vectors.txt");
    await writeFile(path, "rot 0.1 0.2\n");
    const args = [...own(), "--vectors", path, "--out", join(root, "none")];
    await expect(inProcess(experiment, ...args)).rejects.toThrow("expected vectors of words of the vocabulary");
  });
});

describe("pma", () => {
  it("reports what it trained, shows blocks and phrases, goes on, and predicts with and without text", async () => {
    const out = join(root, "out");
    const args = [...own(), "--max-phrases", "3", "--out", out];
    const first = await inProcess(experiment, ...args);
    expect(first.code).toBe(0);
    expect(first.stderr).toContain(
      "pma: train: images have up to 4 phrases (red-1.png), of which the first 3 are used; `--max-phrases 4` uses all",
    );
    expect(first.stdout).toMatch(/image and text: PMA +\d+\.\d +\d+\.\d +\d+\.\d +\d+\.\d/);
    const report = await readFile(join(out, "report.html"), "utf8");
    for (const part of ["GloVe", "nsfwjs", "What each stage looked at", "<rect", "what the block goes with: "])
      expect(report).toContain(part);
    expect(withoutData(report)).not.toMatch(/undefined|NaN/);
    const { test, data } = await record(out, "cnn");
    expect(data.sizes).toEqual({ train: 12, validation: 4, test: 4 });
    expect(test!.measurements.map(({ at }) => at)).toEqual([{ text: "none" }, { text: "one" }, { text: "all" }]);
    expect(new Set(test!.measurements.map(({ value }) => value)).size).toBe(1); // it is given no text

    const again = await inProcess(experiment, ...args, "--resume");
    expect(again.stderr).not.toContain("epoch 1/1 done");
    expect(again.stdout).toBe(first.stdout);

    const [bird, other] = [join(root, "bird.png"), join(root, "other.png")];
    for (const path of [bird, other]) await copyFile(join(root, "own", "red-0.png"), path);
    await writeFile(join(root, "bird.txt"), "a bird with a red crown\n");
    const ask = (variant: string, ...paths: string[]) =>
      inProcess(experiment, "predict", ...paths, "--checkpoint", join(out, `checkpoints/seed-0/${variant}/best.safetensors`), "--page", join(root, `${variant}.html`)); // prettier-ignore
    const withText = await ask("pma", bird, other);
    expect(withText.code).toBe(1);
    expect(withText.stdout).toMatch(/bird\.png +(red|green) +\d+\.\d/);
    expect(withText.stderr).toContain(
      `Left out: ${other}: the model "image and text: PMA" needs sentences about the image, one a line, in `,
    );
    expect(await readFile(join(root, "pma.html"), "utf8")).toContain("red crown");
    expect((await ask("student", bird, other)).code).toBe(0);
  });
});
