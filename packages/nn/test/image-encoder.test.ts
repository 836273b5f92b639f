import { expect, it } from "vitest";
import { stageOf } from "../src/index.js";

const stages = [
  { name: "stem", channels: 8, stride: 2 },
  { name: "layer1", channels: 16, stride: 4 },
] as const;

it("stageOf finds a stage by name, or lists those there are", () => {
  expect(stageOf({ stages }, "layer1")).toBe(stages[1]);
  expect(() => stageOf({ stages }, "layer9", "mvHfmd")).toThrow("mvHfmd: no stage `layer9`; there are stem, layer1.");
});
