import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { trafficSigns, type TrafficSignsConfig } from "@fovea/open-datasets";
import { cutOut } from "../src/rendering/cut-out.js";
import { allSigns, splitDesigns, type Sign } from "../src/signs/signs.js";
import { describeFineGrained } from "./fine-grained-set.js";

const quick: TrafficSignsConfig = { classes: 5, size: 23, renderings: { train: 2, validation: 1, test: 1 } };
const make = (config: TrafficSignsConfig = {}) => trafficSigns({ ...quick, ...config });

// no heavy goods vehicles, left turns, motor vehicles, overtaking and parking: 5, 5, 6, 6 and 9 designs
describeFineGrained("trafficSigns", make, { train: (3 + 3 + 4 + 4 + 7) * 2, validation: 5, test: 5 });

const usable = async () => (await allSigns()).filter(({ designs }) => designs.length > 2);

describe("trafficSigns", () => {
  it("is 30 meanings of ten families by default, of at least two designs to learn from", async () => {
    const { name, families, classes, train } = await trafficSigns();
    expect(name).toBe("traffic-signs-30");
    const sizes = [...new Set(families)].map((family) => families.filter((other) => other === family).length);
    expect(sizes).toEqual([2, 2, 2, 9, 2, 2, 2, 4, 2, 3]);
    expect([classes[0], families[0]]).toEqual(["chevron left (complementary)", "complementary-chevron"]);
    for (const label of classes.keys())
      expect(
        new Set(train.items.filter((item) => item.label === label).map(({ group }) => group)).size,
      ).toBeGreaterThan(1);
  });

  it("has no more of four designs, 73 of three", async () => {
    await expect(trafficSigns({ classes: 31 })).rejects.toThrow("`classes` must be at most 30");
    expect((await trafficSigns({ designs: 3, classes: 73 })).classes).toHaveLength(73);
    await expect(trafficSigns({ designs: 3, classes: 74 })).rejects.toThrow("`classes` must be at most 73");
  });

  it("puts each design of a meaning in one split, one each into validation and test", async () => {
    for (const sign of await usable()) {
      const { train, validation, test } = splitDesigns(sign);
      expect([validation.length, test.length]).toEqual([1, 1]);
      expect(new Set([...train, ...validation, ...test])).toEqual(new Set(sign.designs));
      expect(train.length + 2).toBe(sign.designs.length);
    }
  });

  it("splits the speed limits alike, of which g1 is the ring", async () => {
    const limits = (await usable()).filter(({ family }) => family === "regulatory-maximum");
    const names = (sign: Sign) => Object.values(splitDesigns(sign)).map((split) => split.map(({ name }) => name));
    expect(limits).toHaveLength(11);
    for (const limit of limits) expect(names(limit)).toEqual(names(limits[0]!));
  });

  it("has no two drawings alike, in any meaning that is used", async () => {
    const drawings = (await usable()).flatMap(({ designs }) => designs.map(({ drawing }) => drawing));
    const texts = await Promise.all(drawings.map((drawing) => readFile(drawing, "utf8")));
    expect(new Set(texts).size).toBe(drawings.length);
    const images = await Promise.all(drawings.map(async (drawing) => (await cutOut(drawing, 8)).data));
    const apart = (a: Uint8Array, b: Uint8Array) =>
      a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length;
    const near = images.some((a, i) => images.slice(0, i).some((b) => apart(a, b) < 2 ** 2)); // levels of 255
    expect(near).toBe(false);
  });

  it("credits the signs and what is behind them", async () => {
    const packages = async (config: TrafficSignsConfig) => (await make(config)).attribution.map(({ name }) => name);
    expect(await packages({})).toEqual(["@rapideditor/mapillary_sprite_source", "three-globe"]);
    expect(await packages({ variation: { background: "white" } })).toEqual(["@rapideditor/mapillary_sprite_source"]);
  });

  it.each<[string, TrafficSignsConfig]>([
    ["`classes` must be a whole number of at least 2, got 1.5", { classes: 1.5 }],
    ["`designs` must be a whole number of at least 3, got 2", { designs: 2 }],
    ["`size` must be a whole number of at least 1, got 0", { size: 0 }],
    ["`renderings.train` must be a whole number of at least 1, got 0", { renderings: { train: 0 } }],
    ["`variation.tilt` must be in 0 … 80, got 81", { variation: { tilt: 81 } }],
  ])("says: %s", async (message, config) => {
    await expect(make(config)).rejects.toThrow(new RegExp(`^trafficSigns: .*${message}`));
  });
});
