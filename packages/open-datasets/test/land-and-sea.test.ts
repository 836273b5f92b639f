import { requireLabels } from "@fovea/data";
import { describe, expect, it } from "vitest";
import { landAndSea, type LandAndSeaConfig } from "@fovea/open-datasets";
import { landMask } from "../src/earth/land.js";
import { blueMarble } from "../src/rendering/backgrounds.js";

const [WIDTH, HEIGHT] = [1440, 720]; // four pixels a degree
const isLand = (mask: Uint8Array, longitude: number, latitude: number) =>
  mask[Math.floor((90 - latitude) * 4) * WIDTH + Math.floor((longitude + 180) * 4)];
const landOf = (split: "train" | "validation" | "test", config: LandAndSeaConfig = {}) =>
  Promise.all(landAndSea({ ...config, images: { [split]: 5 } })[split].items.map((item) => item.load()));

describe("landMask", async () => {
  const mask = await landMask(WIDTH, HEIGHT, "50m");

  it.each([
    ["Berlin", 13.4, 52.5, 1],
    ["Brasilia", -47.9, -15.8, 1],
    ["Alice Springs", 133.9, -23.7, 1],
    ["the South Pole", 0, -89.9, 1],
    ["Antarctica, behind the Ross Ice Shelf", 170, -86, 1],
    ["the Ross Ice Shelf, which counts as sea", 175, -80, 0],
    ["Chukotka, east of it", -178, 67, 1],
    ["Chukotka, west of it", 178, 67.5, 1],
    ["the Mediterranean", 18, 35, 0],
    ["the Pacific", -150, 0, 0],
    ["the North Pole", 0, 89.9, 0],
    ["the Atlantic at the latitude of Chukotka", -10, 68, 0],
    ["the Caspian Sea", 51, 42, 0],
    ["Lake Superior, which counts as land", -88, 47.7, 1],
  ])("knows %s", (_, longitude, latitude, expected) => {
    expect(isLand(mask, longitude, latitude)).toBe(expected);
  });

  it("is 29 % of the Earth", () => {
    let [land, all] = [0, 0];
    for (let row = 0; row < HEIGHT; row++) {
      const weight = Math.cos(((90 - (row + 0.5) / 4) * Math.PI) / 180);
      const columns = mask.subarray(row * WIDTH, (row + 1) * WIDTH);
      land += weight * columns.reduce((sum, id) => sum + id, 0);
      all += weight * WIDTH;
    }
    expect(land / all).toBeCloseTo(0.29, 2);
  });
});

describe("landAndSea", () => {
  it("agrees with the colours of the photograph", async () => {
    const [photo, mask] = [await blueMarble(), await landMask(4096, 2048, "10m")];
    const right = [0, 0];
    const all = [0, 0];
    for (let row = 171; row < 1707; row++)
      // 75° north … 60° south
      for (let column = 0; column < 4096; column++) {
        const at = row * 4096 + column;
        const [red, green, blue] = [photo.data[3 * at]!, photo.data[3 * at + 1]!, photo.data[3 * at + 2]!];
        const isBlue = blue > 1.25 * red && blue > 1.05 * green && red < 70 ? 1 : 0;
        all[mask[at]!]!++;
        if (isBlue !== mask[at]) right[mask[at]!]!++;
      }
    expect(right[0]! / all[0]!).toBeGreaterThan(0.99); // sea that is blue
    expect(right[1]! / all[1]!).toBeGreaterThan(0.985); // land that is not, lakes being land
  });

  it("has both classes in every image, and no other", async () => {
    const sets = landAndSea({ images: { train: 20, validation: 5, test: 5 } });
    expect([sets.classes, sets.train.ignore, sets.train.items.length]).toEqual([["sea", "land"], 255, 20]);
    for (const split of [sets.train, sets.validation, sets.test]) {
      const { ids, ignoredShare } = await requireLabels(split);
      expect(ids.map(({ id }) => id)).toEqual([0, 1]);
      expect(ignoredShare).toBe(0);
    }
    for (const { labels, image } of await landOf("train", { least: 0.3, size: 96 })) {
      const share = labels.data.filter((id) => id === 1).length / labels.data.length;
      expect(Math.min(share, 1 - share)).toBeGreaterThanOrEqual(0.3);
      expect([labels.width, image.height, image.data.length]).toEqual([96, 96, 96 * 96 * 3]);
    }
  });

  it("shows the piece of the photograph that the labels are of", async () => {
    const { data, width } = await blueMarble();
    const [size, mask] = [16, await landMask(width, 2048, "10m")];
    for (const { image, labels } of await landOf("test", { size })) {
      const at = Buffer.from(data.buffer, data.byteOffset, data.length).indexOf(image.data.subarray(0, size * 3)) / 3;
      const [left, top] = [at % width, Math.floor(at / width)];
      const expected = labels.data.map((_, i) => mask[(top + Math.floor(i / size)) * width + left + (i % size)]!);
      expect(labels.data).toEqual(expected);
      const longitude = (left / width) * 360 - 180;
      expect(longitude).toBeGreaterThanOrEqual(-90);
      expect(longitude + (size / width) * 360).toBeLessThanOrEqual(-25);
    }
  });

  it("is the same for the same seed, in any order", async () => {
    const first = await landOf("validation");
    expect(await landOf("validation")).toEqual(first);
    expect(await landOf("validation", { seed: 1 })).not.toEqual(first);
    const again = await landAndSea({ images: { validation: 5 } }).validation.items[3]!.load();
    expect(again).toEqual(first[3]);
    expect(await landAndSea().validation.items[3]!.loadLabels()).toEqual(first[3]!.labels);
  });

  it("ignores the coast if that is asked", async () => {
    const [plain, without] = [await landOf("test"), await landOf("test", { coast: 2 })];
    without.forEach(({ labels }, i) => {
      const ignored = labels.data.filter((id) => id === 255).length;
      expect(ignored).toBeGreaterThan(0);
      expect(labels.data.filter((id, k) => id !== 255 && id !== plain[i]!.labels.data[k])).toHaveLength(0);
    });
  });

  it("credits the photograph and the coasts", () => {
    expect(landAndSea().attribution.map(({ name }) => name)).toEqual(["three-globe", "world-atlas"]);
  });

  it.each<[string, LandAndSeaConfig]>([
    ["`images.train` must be a whole number of at least 1, got 0", { images: { train: 0 } }],
    ["`size` must be a whole number of at least 1, got 0", { size: 0 }],
    ["`least` must be in 0 … 0.5, got 0.6", { least: 0.6 }],
    ["`coast` must be a whole number of at least 0, got -1", { coast: -1 }],
    [
      "`longitudes.test` must rise within −180 … 180, and have room for an image, got -90 … -85",
      { longitudes: { test: [-90, -85] } },
    ],
    ["`latitudes` must rise within −90 … 90, and have room for an image, got 80 … 91", { latitudes: [80, 91] }],
    [
      "`longitudes` of two splits must not touch, got train -20 … 170, test -40 … -20",
      { longitudes: { test: [-40, -20] } },
    ],
    [
      "`longitudes` of two splits must not touch, got train 0 … 180, validation -180 … -95",
      { longitudes: { train: [0, 180] } },
    ],
  ])("says: %s", (message, config) => {
    expect(() => landAndSea(config)).toThrow(`landAndSea: ${message}.`);
  });

  it("says that it finds no such image", async () => {
    const pacific = {
      longitudes: { validation: [-140, -120] },
      latitudes: [-40, 0],
      images: { validation: 1 },
    } as const;
    await expect(landAndSea(pacific).validation.items[0]!.load()).rejects.toThrow(
      "landAndSea: found no image of validation with 0.1 of land and of sea; lower `least`.",
    );
  });
});
