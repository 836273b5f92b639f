import { expect, it } from "vitest";
import { needleSigns, pretrainingSigns } from "@fovea/open-datasets";

const targets = ["regulatory--stop", "regulatory--maximum-speed-limit-30"];

it("are no targets, nor sisters of theirs, nor the same in other words, and always the same ones", async () => {
  const others = await pretrainingSigns(targets, 50);
  expect(new Set(others).size).toBe(50);
  expect(await pretrainingSigns(targets, 50)).toEqual(others);
  expect(await pretrainingSigns(targets, 7)).toEqual(others.slice(0, 7));
  for (const slug of others) {
    expect(slug).not.toMatch(/^regulatory--(stop|maximum)/);
    expect(slug).not.toMatch(/-(stop|30)$/);
  }
});

it("are meanings that needleSigns takes", async () => {
  const others = await pretrainingSigns(targets, 3);
  const { classes } = await needleSigns({ targets: others, side: 300, distractors: 0, heldOut: "scenes" });
  expect(classes).toHaveLength(4);
});

it.each([
  [0, "pretrainingSigns: `count` must be a whole number of at least 1, got 0"],
  [10_000, "pretrainingSigns: `count` must be at most"],
])("refuses %d of them", async (count, message) => {
  await expect(pretrainingSigns(targets, count)).rejects.toThrow(message);
});

it("refuses a target that is none", async () => {
  await expect(pretrainingSigns(["stop"], 3)).rejects.toThrow("`targets` must be meanings of the package");
});
