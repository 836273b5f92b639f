import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLabelMap } from "@fovea/data/node";
import type { JobRecord } from "@fovea/experiment";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { experiment } from "../../src/apd/experiment.js";
import { cliInProcess, inProcess } from "../in-process.js";
import { withoutData } from "../without-data.js";
import { ownFolder } from "./own-folder.js";
import "../../../../tools/vitest/setup.js";

let root: string;
let own: string[];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fovea-apd-cli-"));
  own = [...tiny, "--data", `folder:${await ownFolder(join(root, "own"))}`];
});
afterAll(() => rm(root, { recursive: true, force: true }));

const tiny = ["--teacher", "resnet", "--size", "33", "--teacher-width", "4", "--width", "2", "--dim", "8", "--batch", "3", "--teacher-epochs", "2", "--epochs", "1"]; // prettier-ignore
const record = async (out: string, id: string) =>
  JSON.parse(await readFile(join(out, `seed-0/${id}.json`), "utf8")) as JobRecord;

describe("apd, asked for what cannot be", () => {
  it("says so in a sentence, not a stack", async () => {
    const { code, stderr } = await cliInProcess("apd", "--epochs", "0");
    expect(code).toBe(1);
    expect(stderr).toContain("expected a whole number of at least 1");
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each([
    [["--data", "scenes"], "expected `--data` to be emoji, land-and-sea or folder:PATH, got `scenes`"],
    [["--data", "folder:/none"], "/none"],
    [["--size", "96"], "expected `--size` to be a multiple of 8 plus 1, as cells of the map lie on pixels, got 96; 97 is near."], // prettier-ignore
    [["--teacher", "resent"], "expected `--teacher` to be imagenet, resnet or a checkpoint of apd, got `resent`"],
    [["--variants", "apd-9"], "no variant `apd-9`; there are teacher, student, kd,"],
  ])("%j", (args, message) =>
    expect(inProcess(experiment, ...args, "--out", join(root, "none"))).rejects.toThrow(message),
  );
});

it("trains on one's own images, goes on, and segments images of any size", async () => {
  const out = join(root, "out");
  const args = [...own, "--variants", "teacher,student,apd", "--out", out];
  const first = await inProcess(experiment, ...args);
  expect(first.stderr).not.toContain("eager");
  expect(first.stderr.match(/the teacher learns first/g)).toHaveLength(1);
  const { test, data, stages } = await record(out, "teacher");
  expect(data.sizes).toEqual({ train: 6, validation: 2, test: 2 });
  expect(data.classes).toEqual(["night", "day"]);
  expect(stages[0]!.validation["miou"]).toHaveLength(2);
  expect(test!.measurements.map(({ metric }) => metric)).toEqual(["miou", "accuracy", "iou", "iou"]);
  expect(test!.confusion!.flat().reduce((a, b) => a + b)).toBe(2 * 44 * 34); // two rows of each image are ignored
  const report = await readFile(join(out, "report.html"), "utf8");
  for (const part of [
    "Colours of the classes",
    "Where it and the teacher disagree",
    "validation mIoU",
    "crossEntropy by step",
  ])
    // prettier-ignore
    expect(report).toContain(part);
  expect(withoutData(report)).not.toMatch(/undefined|NaN/);

  const again = await inProcess(experiment, ...args, "--resume");
  expect(again.stderr).not.toContain("done");
  expect(again.stdout).toBe(first.stdout);

  const [photo, large] = [join(root, "photo.jpg"), join(root, "large.tif")];
  const plain = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: "white" } });
  await plain(20, 50).toFile(photo);
  await plain(300, 200).tiff({ tile: true, tileWidth: 128, tileHeight: 128 }).toFile(large);
  const folder = join(root, "pages");
  const ask = (checkpoint: string, ...paths: string[]) =>
    inProcess(experiment, "predict", ...paths, "--checkpoint", checkpoint, "--page", join(folder, "page.html"));
  const said = await ask(join(out, "checkpoints/seed-0/student/best.safetensors"), photo, large, join(root, "no.jpg"));
  expect(said.code).toBe(1);
  expect(said.stderr).toContain("no.jpg");
  const files = ["large.tif-labels.tif", "large.tif-overlay.png", "page.html", "photo.jpg-labels.png", "photo.jpg-overlay.png"]; // prettier-ignore
  expect((await readdir(folder)).sort()).toEqual(files);
  const [small, wide] = [await readLabelMap(join(folder, files[3]!)), await readLabelMap(join(folder, files[0]!))];
  expect([small.width, small.height, wide.width, wide.height]).toEqual([20, 50, 300, 200]);
  expect(Math.max(...wide.data)).toBeLessThan(2);
  expect(wide.palette?.[1]).toEqual([128, 0, 0]);
  expect(await readFile(join(folder, "page.html"), "utf8")).toContain("300 × 200");

  await mkdir(join(root, "other"));
  await copyFile(photo, join(root, "other", "photo.jpg"));
  const [weights] = (await readdir(join(out, "teacher"), { recursive: true })).filter((path) => path.endsWith("best.safetensors")); // prettier-ignore
  const twice = await ask(join(out, "teacher", weights!), photo, join(root, "other", "photo.jpg"));
  expect(twice.stdout).toContain('by the model "teacher"');
  expect(twice.stderr).toContain(`photo.jpg: the label map of ${photo} would be overwritten`);

  const taught = join(root, "taught");
  const file = ["--teacher", join(out, "teacher", weights!)];
  const given = await inProcess(experiment, ...own, ...file, "--variants", "teacher,apd", "--out", taught);
  expect(given.stderr).not.toContain("the teacher learns first");
  for (const id of ["teacher", "apd"]) expect((await record(taught, id)).test).toEqual((await record(out, id)).test);
  expect((await record(taught, "teacher")).stages).toEqual([]);
  expect(withoutData(await readFile(join(taught, "report.html"), "utf8"))).not.toMatch(/undefined|NaN/);
}, 120_000);
