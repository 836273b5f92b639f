import { expect, it } from "vitest";
import { averageScales } from "../../src/inference/average-scales.js";
import type { ProbabilityBand } from "../../src/inference/bands.js";

it("a stream that is broken off ends those of all scales", async () => {
  let open = 0;
  async function* bands(height: number): AsyncGenerator<ProbabilityBand> {
    open++;
    try {
      for (let top = 0; top < height; top++)
        yield await Promise.resolve({ top, height: 1, width: 1, classes: 1, probabilities: Float32Array.of(1) });
    } finally {
      open--;
    }
  }
  const scales = [4, 8].map((height) => ({ height, width: 1, bands: bands(height) }));
  for await (const { probabilities } of averageScales(scales, { height: 4, width: 1, band: 1 })) {
    expect([open, [...probabilities]]).toEqual([2, [1]]);
    break;
  }
  expect(open).toBe(0);
});
