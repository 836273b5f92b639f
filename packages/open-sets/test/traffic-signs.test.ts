import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { trafficSigns, type TrafficSignsConfig } from "@fovea/open-sets";
import { cutOut } from "../src/pictures/cut-out.js";
import { allSigns, splitDesigns, type Sign } from "../src/signs/signs.js";
import { describeFineGrained } from "./fine-grained-set.js";

const quick: TrafficSignsConfig = { classes: 5, size: 23, renderings: { train: 2, validation: 1, test: 1 } };
const make = (config: TrafficSignsConfig = {}) => trafficSigns({ ...quick, ...config });

// no bicycles, buses, carts, heavy goods vehicles and left turns: 3, 3, 3, 5 and 5 designs
describeFineGrained("trafficSigns", make, { train: (1 + 1 + 1 + 3 + 3) * 2, validation: 5, test: 5 });

const usable = async () => (await allSigns()).filter(({ designs }) => designs.length > 2);

describe("trafficSigns", () => {
  it("is 40 meanings of five families by default", async () => {
    const { name, families, classes } = await trafficSigns();
    expect(name).toBe("traffic-signs-40");
    const sizes = [...new Set(families)].map((family) => families.filter((other) => other === family).length);
    expect(sizes).toEqual([3, 11, 18, 4, 4]);
    expect(classes[3]).toBe("maximum speed limit led 10 (regulatory)");
    expect(families[3]).toBe("regulatory-maximum");
  });

  it("has 73 meanings of three designs that have a sister, 30 of four", async () => {
    expect((await trafficSigns({ classes: 73 })).classes).toHaveLength(73);
    await expect(trafficSigns({ classes: 74 })).rejects.toThrow("`classes` must be at most 73");
    await expect(trafficSigns({ designs: 4 })).rejects.toThrow("`classes` must be at most 30");
  });

  it("puts each design of a meaning on one side, one each into validation and test", async () => {
    for (const sign of await usable()) {
      const { train, validation, test } = splitDesigns(sign);
      expect([validation.length, test.length]).toEqual([1, 1]);
      expect(new Set([...train, ...validation, ...test])).toEqual(new Set(sign.designs));
      expect(train.length + 2).toBe(sign.designs.length);
    }
  });

  it("splits the speed limits alike, of which g1 is the ring", async () => {
    const limits = (await usable()).filter(({ family }) => family === "regulatory-maximum");
    const names = (sign: Sign) => Object.values(splitDesigns(sign)).map((side) => side.map(({ name }) => name));
    expect(limits).toHaveLength(11);
    for (const limit of limits) expect(names(limit)).toEqual(names(limits[0]!));
  });

  it("has no two drawings alike, in any meaning that is used", async () => {
    const drawings = (await usable()).flatMap(({ designs }) => designs.map(({ drawing }) => drawing));
    const texts = await Promise.all(drawings.map((drawing) => readFile(drawing, "utf8")));
    expect(new Set(texts).size).toBe(drawings.length);
    const pictures = await Promise.all(drawings.map(async (drawing) => (await cutOut(drawing, 16)).data));
    const apart = (a: Uint8Array, b: Uint8Array) =>
      a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length;
    const near = pictures.some((a, i) => pictures.slice(0, i).some((b) => apart(a, b) < 2 ** 2)); // levels of 255
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
