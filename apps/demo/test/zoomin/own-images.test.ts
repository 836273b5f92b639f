import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultsOf, markdown, runExperiment } from "@fovea/experiment";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { experiment } from "../../src/zoomin/experiment.js";
import { ownImages } from "../../src/zoomin/own-images.js";
import { SETTINGS, type Settings } from "../../src/zoomin/settings.js";
import { withoutData } from "../without-data.js";

const COLORS = { red: "#e02020", green: "#20c020" };

let root: string;
const files: [string, string][] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fovea-own-images-"));
  for (const [label, background] of Object.entries(COLORS))
    for (let i = 0; i < 5; i++) {
      const file = `${label}-${i}.${i === 4 ? "png" : "tif"}`;
      const image = sharp({ create: { width: 70 + 9 * i, height: 90 - 7 * i, channels: 3, background } });
      await (i === 4 ? image.png() : image.tiff({ tile: true, tileWidth: 64, tileHeight: 64 })).toFile(
        join(root, file),
      );
      files.push([file, label]);
    }
});
afterAll(() => rm(root, { recursive: true, force: true }));

let said: string[];
beforeEach(() => {
  said = [];
  vi.spyOn(console, "error").mockImplementation((line: string) => said.push(line));
  return () => vi.restoreAllMocks();
});

const settings = {
  ...defaultsOf(SETTINGS),
  data: "",
  tile: 64,
  patch: 32,
  samples: 3,
  batch: 4,
  epochs: 3,
  learningRate: 0.01,
};
async function read(lines: readonly string[], more: Partial<Settings> = {}) {
  await writeFile(join(root, "labels.csv"), lines.join("\r\n"));
  const images = await ownImages(`folder:${root}`, { ...settings, ...more });
  await images.close();
  const { train, validation, test } = images;
  return { ...images, ids: [train, validation, test].map((split) => split.map(({ id }) => id).sort()) };
}

const lines = (): string[] => ["file,label", ...files.map((line) => line.join(","))];

describe("images of one's own", () => {
  it("are split by the seed, each class alike, with the classes in order", async () => {
    const images = await read(lines());
    expect(images.classes).toEqual(["green", "red"]);
    expect(images.ids.map((ids) => ids.length)).toEqual([6, 2, 2]);
    expect(images.ids.flat().sort()).toEqual(files.map(([file]) => file).sort());
    for (const split of [images.train, images.validation, images.test]) {
      expect(new Set(split.map(({ label }) => label)).size).toBe(2);
      for (const { id, label, boxes } of split)
        expect([id.split("-")[0], boxes]).toEqual([images.classes[label], null]);
    }
    expect((await read(lines())).ids).toEqual(images.ids);
    const others = [(await read(lines(), { seed: 1 })).ids, (await read(lines(), { seed: 2 })).ids];
    expect(others).not.toEqual([images.ids, images.ids]);
  });

  it("are split as the table says, where it says so; a split that it lacks is drawn", async () => {
    const split = (i: number) => (i % 5 === 0 ? "test" : "train");
    const { ids } = await read(["file,label,split", ...files.map((line, i) => [...line, split(i)].join(","))]);
    expect(ids[2]).toEqual(["green-0.tif", "red-0.tif"]);
    expect(ids[1]).toHaveLength(2);
  });

  it("that cannot be read are named and left out", async () => {
    await writeFile(join(root, "text.tif"), "no image");
    const { ids } = await read([...lines(), "text.tif,red", "gone.tif,green"]);
    expect(ids.flat()).toHaveLength(10);
    expect(said).toEqual([
      expect.stringContaining(`left out: ${join(root, "text.tif")}: `),
      expect.stringContaining(`left out: ${join(root, "gone.tif")}: `),
    ]);
  });

  it("of a class with too few of them are refused, or left out and named", async () => {
    const more = [...lines(), "text.tif,rare"];
    await sharp({ create: { width: 9, height: 9, channels: 3, background: "white" } }).tiff().toFile(join(root, "text.tif")); // prettier-ignore
    await expect(read(more)).rejects.toThrow(
      "too few of rare (1 train, 0 validation, 0 test). `--thin-classes leave-out`",
    );
    expect((await read(more, { thinClasses: "leave-out" })).classes).toEqual(["green", "red"]);
    expect(said).toContainEqual(expect.stringContaining("the class rare (1 train, 0 validation, 0 test)"));
  });

  it.each([
    [["name,label", "a.tif,red"], "labels.csv: expected a `file` and a `label`, got"],
    [["file,label", "a.tif,red", "b.tif"], "labels.csv: Invalid Record Length"],
    [["file,label", "a.tif,red", "a.tif,green"], "labels.csv: expected each file once, since splits must not share images, got a.tif in row 2."], // prettier-ignore
    [["file,label,split", "a.tif,red,later"], "labels.csv: expected `split` to be train, validation, test, got `later` in row 1."], // prettier-ignore
  ])("with the table %j are refused", async (table, message) => {
    await expect(read(table)).rejects.toThrow(message);
  });

  it("are learned from", async () => {
    await writeFile(join(root, "labels.csv"), lines().join("\n"));
    const variants = ["zoom-in", "published-gradient"];
    const options = { command: "run", seeds: 1, resume: false, typed: "typed", engine: "cpu", variants, out: join(root, "out") } as const; // prettier-ignore
    const { results } = await runExperiment(experiment, { ...settings, data: `folder:${root}` }, options);
    const stages = results!.records.map(({ stages }) => stages[0]!);
    for (const { curves } of stages) {
      const losses = curves["cross-entropy"]!;
      expect(losses).toHaveLength(6);
      expect(losses.at(-1)).toBeLessThan(losses[0]!);
    }
    expect(results!.rows.map(({ metric }) => metric)).not.toContain("found"); // nobody knows where to look
    expect(results!.records[0]!.figures).toMatchObject({ large: null });
    const { text } = markdown(experiment.title, experiment.report(results!), "own");
    expect(withoutData(text)).not.toMatch(/undefined|NaN|sign seen|that gives the class|large scene/);
  });
});
