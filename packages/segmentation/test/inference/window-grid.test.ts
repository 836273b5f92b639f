import { expect, it } from "vitest";
import { finishedAt, windowGrid } from "../../src/inference/window-grid.js";

const grids = [[1, 1, 1], [5, 9, 3], [9, 9, 9], [10, 9, 9], [257, 64, 43], [1000, 64, 64], [999, 64, 1]].flatMap(
  ([size, window, stride]) =>
    (["constant", "gaussian"] as const).map((weighting) => [size!, window!, stride!, weighting] as const),
); // prettier-ignore

it.each(grids)("windows over %i pixels, of %i, at most %i apart, %s", (size, window, stride, weighting) => {
  const grid = windowGrid(size, window, stride, weighting);
  const { starts } = grid;
  expect(starts.length).toBe(Math.max(0, Math.ceil((size - window) / stride)) + 1); // as few as can be
  expect(starts[0]).toBe(0);
  expect(starts.at(-1)).toBe(Math.max(0, size - window));
  const steps = starts.slice(1).map((start, i) => start - starts[i]!);
  for (const step of steps) expect(step).toBeLessThanOrEqual(stride);
  expect(Math.max(0, ...steps) - Math.min(Infinity, ...steps)).toBeLessThanOrEqual(1); // evenly
  const sums = new Float64Array(size);
  starts.forEach((start, i) => {
    const shares = grid.shares(i);
    for (let k = 0; k < window && start + k < size; k++) sums[start + k]! += shares[k]!;
    expect(finishedAt(grid, i)).toBe(starts[i + 1] ?? size);
  });
  for (const sum of sums) expect(sum).toBeCloseTo(1, 12);
});

it("gaussian shares fall from the middle of a window as exp(−d² / 2σ²), where another window is far", () => {
  const { shares } = windowGrid(12, 8, 4, "gaussian"); // windows at 0 and 4
  const weight = (k: number) => Math.exp(-((k - 3.5) ** 2) / 2); // σ is an eighth of 8
  for (let k = 4; k < 8; k++) expect(shares(0)[k]).toBeCloseTo(weight(k) / (weight(k) + weight(k - 4)), 12);
});
