import { describe, expect, expectTypeOf, it } from "vitest";
import { constant, cosine, oneCycle, poly, stepDecay, withWarmup, type Schedule } from "../../src/index.js";

const all = (schedule: Schedule, steps: number) => Array.from({ length: steps }, (_, s) => schedule(s, steps));

/** torch.optim.lr_scheduler.OneCycleLR, two phases, cosine: its code line by line. */
function torchOneCycle(step: number, total: number, maxLr: number, pct: number, div: number, finalDiv: number): number {
  return torchPhases(step, total, pct, [maxLr / div, maxLr, maxLr / div / finalDiv]);
}

function torchPhases(step: number, total: number, pct: number, [from, peak, to]: readonly [number, number, number]) {
  const phases = [
    { end: pct * total - 1, start: from, stop: peak },
    { end: total - 1, start: peak, stop: to },
  ];
  let startStep = 0;
  for (const [i, phase] of phases.entries()) {
    if (step <= phase.end || i === phases.length - 1) {
      const share = (step - startStep) / (phase.end - startStep);
      return phase.stop + ((phase.start - phase.stop) / 2) * (Math.cos(Math.PI * share) + 1);
    }
    startStep = phase.end;
  }
  throw new Error("unreachable");
}

describe("oneCycle", () => {
  it("starts at max / div, peaks at the end of the warm-up, ends at start / finalDiv", () => {
    const rates = all(oneCycle({ max: 0.01, warmup: 0.1, div: 10, finalDiv: 1000 }), 50);
    expect(rates[0]).toBeCloseTo(0.001, 12);
    expect(rates[4]).toBeCloseTo(0.01, 12); // 5 of 50 steps rise: the last of them is the peak
    expect(Math.max(...rates)).toBe(rates[4]);
    expect(rates[49]).toBeCloseTo(1e-6, 12);
  });

  it.each([
    [100, 0.3],
    [100, 0.05],
    [37, 0.25], // the peak lies between two steps
    [7, 0.3],
  ])("gives torch's rates in a run of %i steps with pct_start %d", (steps, warmup) => {
    all(oneCycle({ max: 0.2, warmup, div: 5, finalDiv: 100 }), steps).forEach((rate, s) =>
      expect(rate).toBeCloseTo(torchOneCycle(s, steps, 0.2, warmup, 5, 100), 12),
    );
  });

  it("has torch's defaults: div 25, finalDiv 10⁴, warm-up 0.3", () => {
    const rates = all(oneCycle({ max: 1 }), 1000);
    expect(rates[0]).toBeCloseTo(1 / 25, 12);
    expect(rates[299]).toBe(1);
    expect(rates[999]).toBeCloseTo(1 / 25 / 1e4, 12);
  });

  it.each([
    [100, 0.3],
    [37, 0.25],
    [7, 0.3],
  ])("cycles momentum against the rate as torch does, in a run of %i steps with pct_start %d", (steps, warmup) => {
    const { learningRate, momentum } = oneCycle({ max: 0.2, warmup, cycle: { momentum: [0.95, 0.85] } });
    expect(all(learningRate, steps)).toEqual(all(oneCycle({ max: 0.2, warmup }), steps));
    all(momentum, steps).forEach((value, s) =>
      expect(value).toBeCloseTo(torchPhases(s, steps, warmup, [0.95, 0.85, 0.95]), 12),
    );
  });

  it("cycles whatever is named, and only that", () => {
    const cycled = oneCycle({ max: 1, warmup: 5, cycle: { beta1: [0.9, 0.8], weightDecay: [0, 0.1] } });
    expectTypeOf(cycled).toEqualTypeOf<Readonly<Record<"beta1" | "weightDecay" | "learningRate", Schedule>>>();
    expect(Object.keys(cycled)).toEqual(["learningRate", "beta1", "weightDecay"]);
    expect([0, 4, 9].map((s) => cycled.weightDecay(s, 10))).toEqual([0, 0.1, 0]);
    expect(() => oneCycle({ max: 1, cycle: { learningRate: [1, 2] } })).toThrow(
      "oneCycle: `cycle` is for what moves beside the learning rate.",
    );
    expect(() => oneCycle({ max: 1, cycle: { momentum: [NaN, 0] } })).toThrow(
      "oneCycle: `cycle.momentum[0]` must be a finite number, got NaN.",
    );
  });

  it("takes a warm-up in steps, too", () => {
    expect(all(oneCycle({ max: 1, warmup: 20 }), 80)).toEqual(all(oneCycle({ max: 1, warmup: 0.25 }), 80));
  });

  it.each([1, 2, 3])("stays finite and within its bounds in a run of %i", (steps) => {
    for (const warmup of [0, 0.1, 0.5, 1, 3])
      for (const rate of all(oneCycle({ max: 1, warmup }), steps)) expect(rate >= 0 && rate <= 1).toBe(true);
  });
});

describe("decays", () => {
  it("constant is constant", () => expect(all(constant(0.3), 3)).toEqual([0.3, 0.3, 0.3]));

  it("cosine is at η₀, half way and final at the start, the middle and the end", () => {
    const schedule = cosine({ learningRate: 3, final: 1 });
    expect([0, 50, 100].map((s) => schedule(s, 100))).toEqual([3, 2, 1]);
  });

  it("poly with power 1 is a line, and with power 2 a parabola", () => {
    expect([0, 25, 100].map((s) => poly({ learningRate: 4, power: 1 })(s, 100))).toEqual([4, 3, 0]);
    expect(poly({ learningRate: 5, final: 1, power: 2 })(50, 100)).toBe(2);
  });

  it("stepDecay drops at shares of the run or at steps", () => {
    expect(all(stepDecay({ learningRate: 8, at: [0.5, 0.75], gamma: 0.5 }), 8)).toEqual([8, 8, 8, 8, 4, 4, 2, 2]);
    expect(all(stepDecay({ learningRate: 8, at: [4, 6], gamma: 0.5 }), 8)).toEqual([8, 8, 8, 8, 4, 4, 2, 2]);
  });
});

describe("parts of a run", () => {
  const shares = Array.from({ length: 99 }, (_, i) => i + 1); // hundredths
  const lengths = Array.from({ length: 400 }, (_, i) => i + 1).concat(1000, 9999, 123_456, 1_000_000);
  /** Hundredths and lengths: an `expect` for each of 40,000 would take longer than all else. */
  const pairs = shares.flatMap((k) => lengths.map((steps) => [k, steps] as const));

  it("stepDecay drops at the first step s with s / steps ≥ share, for every hundredth", () => {
    const wrong = pairs.filter(([k, steps]) => {
      const schedule = stepDecay({ learningRate: 1, at: [k / 100], gamma: 0.5 });
      const drop = Math.floor((k * steps + 99) / 100); // ⌈k · steps / 100⌉ in whole numbers
      return schedule(drop - 1, steps) !== 1 || schedule(drop, steps) !== 0.5;
    });
    expect(wrong).toEqual([]);
  });

  it("withWarmup rises for the nearest number of steps, halves up, for every hundredth", () => {
    const wrong = pairs.filter(([k, steps]) => {
      const schedule = withWarmup(constant(1), { warmup: k / 100 });
      const rise = Math.floor((2 * k * steps + 100) / 200); // ⌊k · steps / 100 + 1/2⌋ in whole numbers
      return (rise > 0 && schedule(rise - 1, steps) !== (rise - 1) / rise) || schedule(rise, steps) !== 1;
    });
    expect(wrong).toEqual([]);
  });

  it("oneCycle is at its peak in the last step of a rise that ends on a step", () => {
    for (const k of shares)
      for (const steps of lengths.filter((n) => (k * n) % 100 === 0))
        expect(oneCycle({ max: 0.3, warmup: k / 100 })((k * steps) / 100 - 1, steps), `${k} % of ${steps}`).toBe(0.3);
  });
});

describe("withWarmup", () => {
  it("rises in a line and then runs the whole schedule", () => {
    const inner = cosine({ learningRate: 2 });
    const rates = all(withWarmup(inner, { warmup: 4, from: 0.5 }), 12);
    expect(rates.slice(0, 4)).toEqual([1, 1.25, 1.5, 1.75]);
    expect(rates.slice(4)).toEqual(all(inner, 8));
  });

  it("composes with functions", () => {
    const twice: Schedule = (s, n) => 2 * withWarmup(constant(1), { warmup: 0.5 })(s, n);
    expect(all(twice, 4)).toEqual([0, 1, 2, 2]);
  });
});

it("refuses numbers that are none", () => {
  expect(() => oneCycle({ max: NaN })).toThrow("oneCycle: `max` must be a finite number, got NaN.");
  expect(() => stepDecay({ learningRate: 1, at: [-1] })(0, 5)).toThrow(
    "stepDecay: a part of a run must be at least 0, got -1.",
  );
});
