import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { BadInput } from "../src/bad-input.js";
import { budgetsOf, jobsOf, large, measureOn } from "../src/commands/large.js";
import { missingFiles, withFolder, writeImages } from "../src/large/images.js";
import { bytesOf, memoryLimit } from "../src/large/memory-limit.js";
import { readResults } from "../src/results.js";
import type { SendRequest } from "../src/worker/client.js";
import { bench, NO_TIMEOUT } from "./fixtures/bench.js";
import { networkJob, sourceJob } from "./fixtures/large-rows.js";

const folder = mkdtempSync(join(tmpdir(), "fovea-bench-large-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("bench large", NO_TIMEOUT, () => {
  it("writes an image, measures a network on it in a fresh process, prints and saves", () => {
    const [json, md] = [join(folder, "a.json"), join(folder, "a.md")];
    const options = ["--image", "512", "--steps", "1", "--engine", "wasm", "--files", folder];
    const { status, stdout, stderr } = bench("large", "size/zoom-in", ...options, "--json", json, "--md", md);
    expect(stderr).toMatch(/ETA .* writing needle-512\.tif[^]* ETA .* 2\/2 size\/zoom-in train 1@512, wasm: /);
    expect(stdout).toMatch(/\n512 +zoom-in infer 8 +\d .*\n512 +zoom-in train 8 +\d /);
    expect(status).toBe(0);
    const { rows, laws } = readResults(json);
    expect(rows).toMatchObject([{ mode: "infer" }, { mode: "train" }]);
    expect(laws).toHaveLength(2);
    const { network, ...found } = rows[0]!.observations[0]!;
    const of = (count: number, side: number, scale: number) => ({ scale, count, pixels: count * side ** 2 });
    expect(network!.reads).toEqual([of(4, 32, 1 / 8), of(network!.tiles!, 64, 1 / 4), of(8, 64, 1)]);
    expect(found).toMatchObject({ engine: "wasm", tensorsLeft: 0, samples: { step: [expect.any(Number)] } });
    expect(network!.patches).toBe(8);
    expect(network!.decodedBytes).toBeGreaterThan(64 ** 2 * 3); // 1/8 of the image is one block
    // patches, and the windows they are cut into
    expect(network!.tensors.peak).toBeGreaterThan(8 * (64 ** 2 * 3 + 16 ** 2 * 32) * 4);
    expect(found.rss.peak).toBeGreaterThanOrEqual(found.rss.baseline);
    expect(readFileSync(md, "utf8")).toContain("| 512 | zoom-in | infer | 8 |");
    expect(readdirSync(folder).sort()).toEqual(["a.json", "a.md", "needle-512.tif"]);
  });

  it.each(["onnxruntime", "wasm"])("segments an image in windows on %s, and leaves no label map behind", (engine) => {
    const [json, before] = [join(folder, "s.json"), readdirSync(folder)];
    const options = ["--image", "1024", "--engine", engine, "--files", folder, "--json", json];
    const { status, stdout } = bench("large", "segment/small", ...options);
    expect(stdout).toMatch(/\n1024 +small +9 +\d.*\n.*takes less than 900 MB: \d+ MB, holds$/m);
    expect(status).toBe(0);
    const [row, ...others] = readResults(json).rows;
    expect(others).toEqual([]);
    const found = { engine, tensorsLeft: 0, fallbacks: {}, samples: { step: [expect.any(Number)] } };
    expect(row!.observations).toMatchObject([found]);
    const { windows, reads, decodedBytes } = row!.observations[0]!.segmentation!;
    expect([windows, reads]).toEqual([9, [{ scale: 1, count: 9, pixels: 9 * 513 ** 2 }]]);
    expect(decodedBytes).toBeGreaterThanOrEqual(1024 ** 2 * 3);
    expect(new Set(readdirSync(folder))).toEqual(new Set([...before, "needle-1024.tif", "s.json"]));
  });

  it("refuses two engines, and what no case matches", async () => {
    const run = (patterns: string[], engine: ["wasm", "cpu"] | undefined) =>
      large(patterns, { timeout: 1, ...(engine && { engine }) }, new AbortController().signal);
    await expect(run([], ["wasm", "cpu"])).rejects.toThrow(
      new BadInput("large: expected one `--engine`, got wasm,cpu."),
    );
    await expect(run(["speed/*"], undefined)).rejects.toThrow(/no case matches `speed\/\*`; .*size\/.*source\//);
  });

  it("predicts very large images for a time, and segments an image once, whatever `--steps` is", () => {
    const { network, huge, segment } = budgetsOf({ steps: 7 });
    expect(network.steps).toBe(7);
    expect(huge).toEqual({ time: 20_000, steps: 1 });
    expect(segment).toEqual({ time: 0, steps: 1, warmup: false });
  });
});

describe("the jobs", () => {
  const of = (patterns: string[], image?: number[]) => jobsOf(patterns, { timeout: 1, ...(image && { image }) });

  it("begin with small images, and have both modes", () => {
    const jobs = of(["size/full", "size/zoom-in"], [3000, 1000, 2000]);
    expect(jobs.map(({ image }) => image)).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3].map((k) => 1000 * k));
    expect(new Set(jobs.map(({ mode }) => mode))).toEqual(new Set(["infer", "train"]));
  });

  it("change one thing at a time, at the side in the middle", () => {
    const jobs = of(["law/zoom-in*"], [3000, 1000, 2000]);
    expect(jobs).toHaveLength(2 * 8);
    expect(new Set(jobs.map(({ image }) => image))).toEqual(new Set([2000]));
  });

  it("read sources at the largest side, one tile and eight at once", () => {
    const jobs = of(["source/scene-tiles"], [3000, 1000, 2000]);
    expect(jobs.map(({ image, batch, mode }) => [image, batch, mode])).toEqual([
      [3000, 1, "read"],
      [3000, 8, "read"],
    ]);
  });

  it("leave laws out with `--quick`, unless they are named", () => {
    const groups = (patterns: string[]) =>
      new Set(jobsOf(patterns, { timeout: 1, quick: true }).map((job) => job.case.split("/")[0]));
    expect(groups([])).toEqual(new Set(["size", "huge", "segment", "source"]));
    expect(groups(["law/*"])).toEqual(new Set(["law"]));
  });

  it("say which image is missing, and why", async () => {
    const failed = new Map([[join(folder, "needle-5000.tif"), "no space left"]]);
    const from = { folder, failed, send: sending({}) };
    const measure = (image: number) => measureOn(from, networkJob({ image }), { time: 0, steps: 1 });
    await expect(measure(5000)).rejects.toThrow("there is no image: no space left");
    await expect(measure(6000)).rejects.toThrow("there is no image: it was not written");
  });
});

/** A worker that answers everything with the same. */
const sending = (answer: object, requests: unknown[] = []): SendRequest =>
  ((request: unknown) => {
    requests.push(request);
    return Promise.resolve(answer);
  }) as unknown as SendRequest;

describe("the memory limit", () => {
  it("is held against a line that never falls", () => {
    expect(bytesOf({ constant: 100, perPixel: 3 }, 10)).toBe(400);
    expect(bytesOf({ constant: 100, perPixel: -3 }, 10)).toBe(100);
  });

  it("is measured once for each network and mode that is to see a large image", async () => {
    const requests: unknown[] = [];
    const [small, first, second] = [1000, 2000, 3000].map((image) => networkJob({ image }));
    const huge = networkJob({ image: 9000, case: "huge/zoom-in", mode: "infer" });
    const segment = { ...huge, case: "segment/small" };
    const jobs = [first!, second!, small!, huge, segment, { ...sourceJob, image: 9000 }];
    const tooLarge = await memoryLimit(jobs, 2 ** 31, sending({ constant: 2 ** 30, perPixel: 256 }, requests));
    expect(requests).toEqual([{ kind: "memory", job: second }]);
    expect(jobs.map(tooLarge)).toEqual([
      null,
      expect.stringMatching(/3\.1 GB, more than 2\.0 GB$/),
      null,
      null,
      null,
      null,
    ]);
  });
});

describe("images", () => {
  it("are needed once, and not if they are there", () => {
    const jobs = [networkJob(), networkJob({ image: 700 }), networkJob({ image: 700 }), { ...sourceJob, case: "source/deep-zoom-views" }]; // prettier-ignore
    writeFileSync(join(folder, "needle-1000.tif"), "");
    expect(missingFiles(folder, jobs).map(({ path }) => path)).toEqual(
      ["needle-700.tif", "needle-1000.dzi"].map((name) => join(folder, name)),
    );
  });

  it("that could not be written leave nothing behind, and say why", async () => {
    const path = join(folder, "needle-999.tif");
    const send = (() => {
      writeFileSync(`${path}.uuid.strips`, "half of it");
      return Promise.reject(new Error("killed"));
    }) as unknown as SendRequest;
    expect([...(await writeImages([{ side: 999, layout: "tiff", path }], send))]).toEqual([[path, "killed"]]);
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
