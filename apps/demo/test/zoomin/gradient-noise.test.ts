import { rng } from "@fovea/nn";
import { expect, it } from "vitest";
import { gradientScatter, type Attended } from "../../src/zoomin/gradient-noise.js";
import { publishedDerivatives } from "../../src/zoomin/published-gradient.js";

const attended: Attended = { attention: [0.5, 0.3, 0.2], derivatives: [1, -2, 0.5] };
const p = attended.attention as number[];
const s = attended.derivatives as number[];

/** Of the logits, for what is given of each cell. */
function throughSoftmax(given: readonly number[]): number[] {
  const mean = given.reduce((sum, x, i) => sum + p[i]! * x, 0);
  return given.map((x, i) => p[i]! * (x - mean));
}
const squared = (xs: readonly number[]) => xs.reduce((sum, x) => sum + x * x, 0);
const truth = throughSoftmax(s);

/** Over outcomes and their chances: what `gradientScatter` measures. */
function exactly(outcomes: readonly { readonly given: readonly number[]; readonly chance: number }[]) {
  const gradients = outcomes.map(({ given, chance }) => ({ chance, g: throughSoftmax(given) }));
  const mean = truth.map((_, i) => gradients.reduce((sum, { chance, g }) => sum + chance * g[i]!, 0));
  const variance = gradients.reduce((sum, { chance, g }) => sum + chance * squared(g.map((x, i) => x - mean[i]!)), 0);
  return {
    noise: variance / squared(truth),
    squaredBias: squared(mean.map((x, i) => x - truth[i]!)) / squared(truth),
  };
}

/** Relative to the true gradient. */
function scatter(...given: Parameters<typeof gradientScatter>) {
  const { variance, squaredBias, squaredTruth } = gradientScatter(...given);
  expect(squaredTruth).toBeCloseTo(squared(truth), 12);
  return { noise: variance / squaredTruth, squaredBias: squaredBias / squaredTruth };
}

/** Ordered pairs without replacement. */
const pairs = [0, 1, 2].flatMap((i) =>
  [0, 1, 2].filter((j) => j !== i).map((j) => ({ order: [i, j], chance: (p[i]! * p[j]!) / (1 - p[i]!) })),
);
const placed = (order: readonly number[], values: readonly number[]) =>
  p.map((_, i) => (order.includes(i) ? values[order.indexOf(i)]! : 0));

const draws = 20_000;

it("measures the noise of one draw, which is known, and no bias", () => {
  const expected = exactly(p.map((own, i) => ({ given: placed([i], [s[i]! / own]), chance: own })));
  for (const kind of ["with replacement", "without"] as const) {
    const found = scatter(attended, kind, 1, draws, rng(1).split(kind));
    expect(found.noise / expected.noise).toBeCloseTo(1, 1);
    expect(expected.squaredBias).toBeCloseTo(0, 12);
    expect(Math.abs(found.squaredBias)).toBeLessThan(0.01);
  }
});

it("measures noise and bias of the published gradient, as counted out over all ordered pairs", () => {
  const expected = exactly(
    pairs.map(({ order, chance }) => {
      const rows = publishedDerivatives(order.map((i) => p[i]!));
      const values = rows.map((row) => row.reduce((sum, weight, k) => sum + weight * s[order[k]!]!, 0));
      return { given: placed(order, values), chance };
    }),
  );
  expect(expected.squaredBias).toBeGreaterThan(0.05);
  const found = scatter(attended, "without, published gradient", 2, draws, rng(2));
  expect(found.noise / expected.noise).toBeCloseTo(1, 1);
  expect(found.squaredBias / expected.squaredBias).toBeCloseTo(1, 1);
});

it("has no noise and no bias where all is drawn without replacement", () => {
  const { noise, squaredBias } = scatter(attended, "without", 3, 10, rng(3));
  expect(noise).toBeCloseTo(0, 12);
  expect(squaredBias).toBeCloseTo(0, 12);
});
