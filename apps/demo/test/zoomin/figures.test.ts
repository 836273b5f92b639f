import type { AttentionSamplingPlan } from "@fovea/patch-sampling";
import { expect, it } from "vitest";
import { drawingsOf } from "../../src/zoomin/figures.js";

it("draws attention of a million cells", async () => {
  const side = 1000;
  const region = { left: 3, top: 5, width: 7, height: 11 };
  const views = [{ width: side, height: side, channels: 3 as const, data: new Uint8Array(3 * side ** 2) }];
  const draw = { indices: Int32Array.of(0), factors: Float64Array.of(1), times: Int32Array.of(1) };
  const attention = new Float32Array(side ** 2).fill(1 / side ** 2);
  const plan: AttentionSamplingPlan = {
    regions: [region],
    attentionMap: { views, attention, columns: side, contrast: false, draw, regions: [region], weights: [] },
  };
  const [drawing] = await drawingsOf(plan, { width: 4000, height: 4000, address: "data:," }, 128, []);
  expect(drawing!.svg).toContain('<rect x="3" y="5" width="7" height="11" fill="none" stroke="#ffb300" ');
});
