import { describe, expect, it } from "vitest";
import {
  emojiFamilies,
  emojiGroups,
  type EmojiFamiliesConfig,
  type FineGrainedSet,
  type Vendor,
} from "@fovea/open-datasets";
import { describeFineGrained } from "./fine-grained-set.js";

// One small package in each split: the others take a second of reading.
const quick: EmojiFamiliesConfig = {
  train: ["fluent-3d"],
  validation: ["emojione"],
  test: ["noto-v1"],
  classes: 7,
  size: 23,
  renderings: { train: 3, validation: 1, test: 2 },
};
const make = (config: EmojiFamiliesConfig = {}) => emojiFamilies({ ...quick, ...config });
const vendorsOf = (split: FineGrainedSet["train"]) => [...new Set(split.items.map((item) => item.group))];

describeFineGrained("emojiFamilies", make, { train: 7 * 3, validation: 7, test: 7 * 2 });

describe("emojiFamilies", () => {
  it("is 40 emojis of five families by default, no vendor in two splits", async () => {
    const { name, classes, families, train, validation, test } = await emojiFamilies();
    expect([name, classes.length]).toEqual(["emoji-families-animals-nature-40", 40]);
    expect(families.filter((family) => family === "animal-bird")).toHaveLength(8);
    expect(classes.slice(0, 5)).toEqual(["monkey face", "monkey", "gorilla", "dog face", "dog"]);
    expect(new Set(families).size).toBe(5);
    expect([train, validation, test].map((split) => split.items.length)).toEqual([40 * 4 * 16, 40 * 8, 40 * 2 * 8]);
    expect([train, validation, test].map(vendorsOf)).toEqual([
      ["noto", "fluent-emoji", "fluent-emoji-flat", "fluent-3d"],
      ["emojione"],
      ["noto-v1", "twemoji"],
    ]);
  });

  it.each(emojiGroups)("has sisters for every class of %s", async (group) => {
    const { families } = await make({ group, classes: 25 });
    for (const family of families) expect(families.filter((other) => other === family).length).toBeGreaterThan(1);
  });

  it("credits what was chosen", async () => {
    const chosen = ["@iconify-json/noto-v1", "@iconify-json/emojione", "@lobehub/fluent-emoji-3d", "emojibase-data"];
    const packages = async (config: EmojiFamiliesConfig) => (await make(config)).attribution.map(({ name }) => name);
    expect(await packages({ variation: { background: "white" } })).toEqual(chosen);
    expect(await packages({})).toEqual([...chosen, "three-globe"]);
  });

  it.each<[string, EmojiFamiliesConfig]>([
    ["`group` must be one of animals-nature, food-drink", { group: "cars" as "faces" }],
    ["`validation` must be one of noto, noto-v1, .* got apple", { validation: ["apple" as Vendor] }],
    ["no vendor may be in two splits, .* got noto-v1", { validation: ["noto-v1"] }],
    ["in one split, got `train` fluent-3d and `validation` fluent-emoji", { validation: ["fluent-emoji"] }],
    ["`train`, `validation` and `test` must name at least one", { train: [], validation: [], test: [] }],
    ["`classes` must be a whole number of at least 2, got 1", { classes: 1 }],
    ["`classes` must be at most \\d+, which is all that have a sister, got 500", { classes: 500 }],
    ["`size` must be a whole number of at least 1, got 0", { size: 0 }],
    ["`renderings.validation` must be a whole number of at least 1, got 0.5", { renderings: { validation: 0.5 } }],
    ["`variation.blur` must be in 0 … 8, got 9", { variation: { blur: 9 } }],
  ])("says: %s", async (message, config) => {
    await expect(make(config)).rejects.toThrow(new RegExp(`^emojiFamilies: .*${message}`));
  });
});
