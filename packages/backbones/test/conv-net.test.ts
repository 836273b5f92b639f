import { convNet } from "@fovea/backbones";
import { expect, it } from "vitest";

it("convNet has one stage for each number of channels, each half as fine as the one before", () => {
  const { stages, params, dispose } = convNet({ channels: [5, 7, 11], inChannels: 2, until: "stage2" });
  dispose();
  expect(stages).toEqual([
    { name: "stage1", channels: 5, stride: 2 },
    { name: "stage2", channels: 7, stride: 4 },
  ]);
  expect(params["stage1.conv.weight"]!.shape).toEqual([3, 3, 2, 5]);
  expect(Object.keys(params)).toEqual(
    [1, 2].flatMap((i) => ["conv.weight", "norm.weight", "norm.bias"].map((leaf) => `stage${i}.${leaf}`)),
  );
});

it("convNet refuses no stages and no channels", () => {
  expect(() => convNet({ channels: [] })).toThrow(
    "convNet: `channels` must name the channels of at least one stage, got [].",
  );
  expect(() => convNet({ channels: [4, 0] })).toThrow(
    "convNet: `channels[1]` must be a whole number of at least 1, got 0.",
  );
});
