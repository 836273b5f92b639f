import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Box, type TileSource } from "@fovea/data";
import { tiledImage } from "@fovea/data/node";
import { rng, type Pixels } from "@fovea/nn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needleSigns, type NeedleSigns, type NeedleSignsConfig, type Scene } from "@fovea/open-datasets";
import { earthPhotos } from "../src/rendering/backgrounds.js";
import { quilt } from "../src/scenes/quilt.js";
import { allSigns, othersOf, splitDesigns } from "../src/signs/signs.js";

const scenes = { train: 4, validation: 4, test: 4 };
const make = (config: NeedleSignsConfig = {}) =>
  needleSigns({ width: 307, height: 283, distractors: 2, scenes, ...config });
const wholeOf = ({ width, height }: Pick<TileSource, "width" | "height">) => ({ left: 0, top: 0, width, height });
const allSides = ({ train, validation, test }: NeedleSigns): Scene[] => [...train, ...validation, ...test];

async function using<Result>(
  opening: Promise<TileSource>,
  use: (source: TileSource) => Promise<Result>,
): Promise<Result> {
  const source = await opening;
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}
const pixelsOf = (scene: Scene, scale = 1): Promise<Pixels> =>
  using(scene.source(), (source) => source.read(wholeOf(source), scale));

/** The values of a rectangle of an image, and those of the rest. */
function parted<Values extends Uint8Array | Float64Array>(
  { width, data }: { readonly width: number; readonly data: Values },
  { left, top, ...box }: Box,
) {
  const inside = (_: number, i: number) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return x >= left && x < left + box.width && y >= top && y < top + box.height;
  };
  return {
    inside: data.filter(inside) as Values,
    outside: data.filter((value, i) => !inside(value, i)) as Values,
  };
}
const scaled = ({ left, top, width, height }: Box, scale: number): Box => ({
  ...{ left: left * scale, top: top * scale },
  ...{ width: width * scale, height: height * scale },
});
function meanDifference(a: Uint8Array | Float64Array, b: Uint8Array | Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
}

/** `toEqual` of large arrays is slow. */
const same = (a: Pick<Pixels, "data">, b: Pick<Pixels, "data">) => Buffer.compare(a.data, b.data) === 0;

let folder = "";
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "fovea-needles-"))));
afterAll(() => rm(folder, { recursive: true }));

describe("needleSigns", () => {
  it("has none and three speed limits by default, whose designs are two, so that scenes are held out", async () => {
    const { name, classes, heldOut, train, validation, test } = await needleSigns();
    expect(name).toBe("needle-signs-4");
    expect(classes).toEqual(["none", ...[20, 30, 40].map((limit) => `maximum speed limit ${limit} (regulatory)`)]);
    expect(heldOut).toBe("scenes");
    expect([train.length, validation.length, test.length]).toEqual([256, 64, 64]);
    expect([train[0]!.width, train[0]!.height]).toEqual([1500, 1500]);
  });

  it("has as many scenes of each class, and one target in each but those of none", async () => {
    const set = await make({ scenes: { train: 16, validation: 8, test: 4 } });
    for (const scenes of [set.train, set.validation, set.test])
      for (const label of set.classes.keys())
        expect(scenes.filter((scene) => scene.label === label)).toHaveLength(scenes.length / set.classes.length);
    for (const { label, targets, group } of allSides(set)) {
      expect(targets).toHaveLength(label === 0 ? 0 : 1);
      expect(group === undefined).toBe(label === 0);
    }
    expect(new Set(allSides(set).map(({ id }) => id)).size).toBe(28);
  });

  it("is the same for the same seed, in whatever parts it is read, and another for another", async () => {
    const [one, again, other] = [await make({ seed: 5 }), await make({ seed: 5 }), await make({ seed: 6 })];
    const whole = await pixelsOf(one.train[1]!);
    expect(same(await pixelsOf(again.train[1]!), whole)).toBe(true);
    const left = { ...wholeOf(whole), width: 131 };
    const part = await using(again.train[1]!.source(), (source) => source.read(left));
    expect(same(part, { data: parted(whole, left).inside })).toBe(true);
    for (const scene of [other.train[1]!, one.train[2]!, one.test[1]!])
      expect(same(await pixelsOf(scene), whole)).toBe(false);
  });

  it("shows the target where `targets` says and nowhere else, and another sign in its place where there is none", async () => {
    const set = await make({ distractors: 0, seed: 3 });
    for (const [index, scene] of set.train.entries()) {
      const background = await quilt(rng(3).split("needleSigns", "train", index, "quilt"));
      const behind = { width: 307, data: background(0, wholeOf(scene)) };
      const whole = await pixelsOf(scene);
      expect(same(whole, behind)).toBe(false);
      for (const target of scene.targets) {
        expect(meanDifference(parted(whole, target).outside, parted(behind, target).outside)).toBe(0);
        expect(meanDifference(parted(whole, target).inside, parted(behind, target).inside)).toBeGreaterThan(20);
      }
    }
  });

  it("has targets of every size asked for, inside of the scene", async () => {
    const set = await make({ signSize: [24, 26], variation: { rotation: 0 }, scenes: { train: 64 } });
    const boxes = set.train.flatMap(({ targets }) => targets);
    expect([...new Set(boxes.map(({ width }) => width))].sort()).toEqual([26, 27, 28]); // and a pixel around it
    for (const { left, top, width, height } of boxes) {
      expect(width).toBe(height);
      expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
      expect(left + width).toBeLessThanOrEqual(307);
      expect(top + height).toBeLessThanOrEqual(283);
    }
  });

  it("keeps the target, whatever else is in the scene", async () => {
    const scenes = await Promise.all([0, 2].map(async (distractors) => (await make({ distractors })).train[2]!));
    expect(scenes[1]!.targets).toEqual(scenes[0]!.targets);
    const [alone, among] = await Promise.all(
      scenes.map(async (scene) => parted(await pixelsOf(scene), scene.targets[0]!)),
    );
    expect(meanDifference(among!.inside, alone!.inside)).toBe(0);
    expect(meanDifference(among!.outside, alone!.outside)).toBeGreaterThan(0);
  });

  it("paints coarser resolutions like the full one: half a level of 255 away on average", async () => {
    const side = 1000;
    const scene = (await make({ side, width: undefined, height: undefined })).train[1]!;
    const full = (await pixelsOf(scene)).data;
    for (const step of [2, 4, 8]) {
      const { width, data } = await pixelsOf(scene, 1 / step);
      expect(width).toBe(side / step);
      const sums = new Float64Array(data.length);
      full.forEach((value, i) => {
        const [x, y] = [Math.floor(i / 3) % side, Math.floor(i / 3 / side)];
        sums[3 * (Math.floor(y / step) * width + Math.floor(x / step)) + (i % 3)]! += value;
      });
      const averages = sums.map((sum) => sum / step ** 2);
      expect(meanDifference(averages, data)).toBeLessThan(0.6);
      const [target, expected] = [data, averages].map(
        (values) => parted({ width, data: values }, scaled(scene.targets[0]!, 1 / step)).inside,
      );
      expect(meanDifference(target!, expected!)).toBeLessThan(2);
    }
  });

  it("is as fine as the photographs, not enlarged", async () => {
    const roughness = ({ width, data }: Pick<Pixels, "width" | "data">) =>
      meanDifference(data.subarray(3), data.subarray(0, -3)) * (width / (width - 1));
    const photos = await earthPhotos();
    const typical = photos.reduce((sum, photo) => sum + roughness(photo), 0) / photos.length;
    const data = (await quilt(rng(0)))(0, { left: 0, top: 0, width: 1024, height: 1024 });
    expect(roughness({ width: 1024, data })).toBeGreaterThan(typical);
  });

  it("has no other sign that ends on a target's word, and sisters where they are wanted", async () => {
    const signs = await allSigns();
    const targets = signs.filter(({ slug }) => /^regulatory--maximum-speed-limit-[234]0$/.test(slug));
    const limits = (sisters: boolean) =>
      othersOf(signs, targets, sisters).filter(({ slug }) => /^regulatory--maximum-speed-limit-\d+$/.test(slug));
    expect(targets).toHaveLength(3);
    expect(limits(false)).toEqual([]);
    expect(limits(true).length).toBeGreaterThan(10);
    for (const { slug } of othersOf(signs, targets, true)) expect(slug).not.toMatch(/-[234]0$/);
    const [without, wanted] = [await make(), await make({ sisters: true })];
    expect(same(await pixelsOf(without.train[1]!), await pixelsOf(wanted.train[1]!))).toBe(false);
  });

  it("holds out the designs where each target has three", async () => {
    const targets = [20, 30].map((limit) => `regulatory--maximum-speed-limit-led-${limit}`);
    const set = await make({ targets, scenes: { train: 6, validation: 6, test: 6 } });
    expect(set.heldOut).toBe("designs");
    for (const [label, slug] of targets.entries()) {
      const sign = (await allSigns()).find((sign) => sign.slug === slug)!;
      for (const [split, designs] of Object.entries(splitDesigns(sign))) {
        const seen = set[split as "train"].filter((scene) => scene.label === label + 1).map(({ group }) => group);
        expect(new Set(seen)).toEqual(new Set(designs.map(({ name }) => name)));
      }
    }
    const shared = await make({ targets, heldOut: "scenes", scenes: { train: 60 } });
    expect(new Set(shared.train.map(({ group }) => group))).toEqual(new Set([undefined, "g1", "g2", "g3"]));
  });

  it("writes a tiled pyramid that reads as the scene, exactly without JPEG, and replaces what was there", async () => {
    const scene = (await make({ side: 600, width: undefined, height: undefined })).train[3]!;
    const expected = await pixelsOf(scene);
    const [exact, lossy] = [join(folder, "exact.tif"), join(folder, "lossy.tif")];
    const read = (path: string) => using(tiledImage(path), (source) => source.read(wholeOf(source)));
    await writeFile(exact, "old");
    const painted: number[] = [];
    await scene.write(exact, { compression: "deflate", onRows: (rows) => painted.push(rows) });
    expect(painted).toEqual([64, 128, 192, 256, 320, 384, 448, 512, 576, 600]);
    expect((await readFile(exact)).subarray(0, 3)).toEqual(Buffer.from("II+")); // BigTIFF
    expect(same(await read(exact), expected)).toBe(true);
    await scene.write(lossy);
    const difference = meanDifference((await read(lossy)).data, expected.data);
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(3);
    expect(await readdir(folder)).toEqual(["exact.tif", "lossy.tif"]);
  });

  it("leaves nothing where it cannot write", async () => {
    const scene = (await make()).train[0]!;
    const taken = join(folder, "taken");
    await mkdir(join(taken, "scene.tif", "full"), { recursive: true });
    await expect(scene.write(join(taken, "scene.tif"))).rejects.toThrow();
    await expect(scene.write(join(taken, "none", "scene.tif"))).rejects.toThrow("ENOENT");
    expect(await readdir(taken)).toEqual(["scene.tif"]);
  });

  it("stops writing when it is told to, and leaves what was there", async () => {
    const scene = (await make()).train[0]!;
    const path = join(await mkdtemp(join(folder, "aborted-")), "scene.tif");
    await writeFile(path, "old");
    const controller = new AbortController();
    const writing = scene.write(path, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(writing).rejects.toThrow("enough");
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(dirname(path))).toEqual(["scene.tif"]);
  });

  it("credits the signs and the photographs", async () => {
    const { attribution } = await make();
    expect(attribution.map(({ name }) => name)).toEqual(["@rapideditor/mapillary_sprite_source", "three-globe"]);
  });

  it.each<[string, NeedleSignsConfig]>([
    ["`width` must be a whole number of at least 1, got 1.5", { width: 1.5 }],
    ["`height` must be a whole number of at least 1, got 0", { height: 0 }],
    ["`distractors` must be a whole number of at least 0, got -1", { distractors: -1 }],
    ["`signSize[0]` must be a whole number of at least 4, got 3", { signSize: [3, 9] }],
    ["`signSize[1]` must be a whole number of at least 30, got 29", { signSize: [30, 29] }],
    ["`scenes.test` must be a whole number of at least 1, got 0", { scenes: { test: 0 } }],
    ["`variation.tilt` must be in 0 … 80, got 81", { variation: { tilt: 81 } }],
    ["`targets` must be one or more meanings, each once, got none", { targets: [] }],
    [
      "`targets` must be one or more meanings, each once, got regulatory--stop, regulatory--stop",
      { targets: ["regulatory--stop", "regulatory--stop"] },
    ],
    ["`targets` must be meanings of the package, such as regulatory--stop, got stop", { targets: ["stop"] }],
    ["`heldOut` must be one of scenes, designs, got all", { heldOut: "all" as "scenes" }],
    [
      '`heldOut: "designs"` takes targets of at least 3 designs, got 2 of regulatory--maximum-speed-limit-20',
      { heldOut: "designs" },
    ],
    ["3 signs of up to 77 pixels must fill at most a quarter of the scene, got 307 × 77 pixels", { height: 77 }],
    [
      "1 signs of up to 77 pixels must fill at most a quarter of the scene, got 4000 × 76 pixels",
      { width: 4000, height: 76, distractors: 0 },
    ],
  ])("says: %s", async (message, config) => {
    await expect(make(config)).rejects.toThrow(new RangeError(`needleSigns: ${message}.`));
  });
});
