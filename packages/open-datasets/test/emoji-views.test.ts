import { describe, expect, it } from "vitest";
import { emojiViews, vendors, type EmojiViewsConfig, type Vendor } from "@fovea/open-datasets";

// One small package in each split: the others take a second of reading.
const quick: EmojiViewsConfig = {
  train: ["fluent-3d"],
  test: ["noto-v1", "emojione"],
  classes: 7,
  size: 23,
  renderings: { train: 3, test: 2 },
};
const bytesOf = async (config: EmojiViewsConfig, at: number) => {
  const { train, test } = await emojiViews({ ...quick, ...config });
  return (await [...train.items, ...test.items][at]!.load()).data;
};

describe("emojiViews", () => {
  it("joins seven vendors' drawings of 108 animals and plants", async () => {
    const { name, classes, train, test } = await emojiViews({ classes: 108 });
    expect(name).toBe("emoji-animals-nature-108");
    expect(new Set(classes).size).toBe(108);
    expect(classes.slice(0, 3)).toEqual(["monkey face", "monkey", "gorilla"]);
    expect([...new Set([...train.items, ...test.items].map((item) => item.group))].sort()).toEqual([...vendors].sort());
    expect([train.items.length, test.items.length]).toEqual([108 * 4 * 16, 108 * 3 * 8]);
    await expect(emojiViews({ classes: 109 })).rejects.toThrow("`classes` is 109, but only 108 emojis");
  });

  it.each([
    ["food-drink", 88],
    ["faces", 82],
  ] as const)("joins %s", async (group, count) => {
    const { classes } = await emojiViews({ ...quick, group, classes: count });
    expect(new Set(classes).size).toBe(count);
    await expect(emojiViews({ ...quick, group, classes: count + 1 })).rejects.toThrow(`only ${count} emojis`);
  });

  it("leaves out an emoji with the drawing of another: noto-v1 has one for two keycaps", async () => {
    const all: EmojiViewsConfig = { ...quick, group: "symbols", train: ["noto-v1"], test: [] };
    const { classes } = await emojiViews({ ...all, classes: 202 });
    expect(classes.filter((label) => ["keycap: #", "keycap: *"].includes(label))).toEqual(["keycap: #"]);
    await expect(emojiViews({ ...all, classes: 203 })).rejects.toThrow("only 202 emojis");
  });

  it("has every class in both splits, and no vendor in both", async () => {
    const { classes, train, test } = await emojiViews(quick);
    for (const split of [train, test]) expect(new Set(split.items.map((item) => item.label)).size).toBe(classes.length);
    const hands = (split: typeof train) => new Set(split.items.map((item) => item.group));
    expect([...hands(train)].filter((vendor) => hands(test).has(vendor))).toEqual([]);
    const ids = [...train.items, ...test.items].map((item) => item.id);
    expect(new Set(ids).size).toBe(7 * (3 + 2 * 2));
  });

  it("has a smaller number's classes among a larger one's, whatever the seed", async () => {
    const few = await emojiViews({ ...quick, classes: 5, seed: 3 });
    const more = await emojiViews({ ...quick, classes: 11 });
    expect(few.classes.filter((name) => !more.classes.includes(name))).toEqual([]);
  });

  it("loads every item at the size that was asked for", async () => {
    const { train, test } = await emojiViews(quick);
    for (const item of [...train.items, ...test.items]) {
      const { width, height, channels, data } = await item.load();
      expect([width, height, channels, data.length]).toEqual([23, 23, 3, 23 * 23 * 3]);
    }
  });

  it("is the same for the same seed and another for another", async () => {
    for (const at of [0, 30]) {
      expect(await bytesOf({ seed: 5 }, at)).toEqual(await bytesOf({ seed: 5 }, at));
      expect(await bytesOf({ seed: 5 }, at)).not.toEqual(await bytesOf({ seed: 6 }, at));
    }
    expect(await bytesOf({}, 0)).not.toEqual(await bytesOf({}, 1));
  });

  it("shows the drawing itself where nothing varies", async () => {
    const still = { rotation: 0, tilt: 0, scale: [1, 1], light: 0, background: "white" } as const;
    expect(await bytesOf({ variation: still, seed: 1 }, 0)).toEqual(await bytesOf({ variation: still, seed: 2 }, 1));
  });

  it("credits what was chosen", async () => {
    const packages = async (config: EmojiViewsConfig) =>
      (await emojiViews({ ...quick, ...config })).attribution.map((source) => source.name);
    const chosen = ["@iconify-json/noto-v1", "@iconify-json/emojione", "@lobehub/fluent-emoji-3d", "emojibase-data"];
    expect(await packages({ variation: { background: "white" } })).toEqual(chosen);
    expect(await packages({})).toEqual([...chosen, "three-globe"]);
  });

  it.each<[string, EmojiViewsConfig]>([
    ["`group` must be one of animals-nature, food-drink", { group: "cars" as "faces" }],
    ["`train` must be one of noto, noto-v1, .* got apple", { train: ["apple" as Vendor] }],
    ["`test` must name every vendor once, got twemoji, twemoji", { test: ["twemoji", "twemoji"] }],
    ["no vendor may be in two splits, .* got noto", { train: ["noto"], test: ["noto", "twemoji"] }],
    ["are one drawing and must be in one split, got `train` fluent-3d", { test: ["fluent-emoji-flat", "noto"] }],
    ["`train` and `test` must name at least one", { train: [], test: [] }],
    ["`classes` must be a whole number of at least 1, got 0", { classes: 0 }],
    ["`size` must be a whole number of at least 1, got 2.5", { size: 2.5 }],
    ["`renderings.test` must be a whole number of at least 1, got -1", { renderings: { test: -1 } }],
    ["`variation.scale\\[0\\]` must be in 0.1 … 0.5, got 0.7", { variation: { scale: [0.7, 0.5] } }],
    ["`variation.tilt` must be in 0 … 80, got 90", { variation: { tilt: 90 } }],
  ])("says: %s", async (message, config) => {
    await expect(emojiViews({ ...quick, ...config })).rejects.toThrow(new RegExp(`^emojiViews: .*${message}`));
  });
});
