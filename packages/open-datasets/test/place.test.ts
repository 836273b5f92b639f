import { rng } from "@fovea/nn";
import { describe, expect, it } from "vitest";
import { boxOf, FULL, placed } from "../src/scenes/place.js";

describe("placed", () => {
  it("finds room for a quarter of the image, inside of it and without overlap", () => {
    const [width, height, size] = [173, 131, 11];
    const count = Math.floor((width * height * FULL) / size ** 2);
    for (let seed = 0; seed < 7; seed++) {
      const covered = new Uint8Array(width * height);
      for (const { left, top } of placed(rng(seed), Array<number>(count).fill(size), width, height))
        for (let y = top; y < top + size; y++) for (let x = left; x < left + size; x++) covered[y * width + x]!++;
      expect(Math.max(...covered)).toBe(1);
      expect(covered.reduce((sum, value) => sum + value)).toBe(count * size ** 2);
    }
  });

  it("places the first ones alike, however many follow", () => {
    const sizes = [7, 5, 11, 3];
    expect(placed(rng(1), sizes, 67, 71).slice(0, 2)).toEqual(placed(rng(1), sizes.slice(0, 2), 67, 71));
  });

  it("takes the whole image, and says so where there is no more", () => {
    expect(placed(rng(0), [13], 13, 13).map(boxOf)).toEqual([{ left: 0, top: 0, width: 13, height: 13 }]);
    expect(() => placed(rng(0), [13, 1], 13, 13)).toThrow(new RangeError("no room for 2 squares in 13 × 13 pixels."));
  });
});
