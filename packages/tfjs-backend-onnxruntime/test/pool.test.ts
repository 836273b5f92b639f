import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, it } from "vitest";
import { forAll, numbers, wildFloats, type Call } from "./as-defined.js";

const side = fc.integer({ min: 1, max: 8 });
const few = fc.integer({ min: 1, max: 3 });

type Sides = [number, number, number, number];

const geometries = fc
  .record({
    n: few,
    h: side,
    w: side,
    c: fc.constantFrom(1, 3, 4, 16, 18),
    kernel: fc.tuple(few, few),
    strides: fc.tuple(few, few),
    pad: fc.oneof(
      fc.constantFrom("same" as const, "valid" as const),
      fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2)).map(([a, b, c, d]): tf.backend_util.ExplicitPadding => [[0, 0], [a, b], [c, d], [0, 0]]), // prettier-ignore
    ),
  }) // prettier-ignore
  .filter(({ h, w, kernel, pad }) => {
    const around = (i: 1 | 2) => (typeof pad === "string" ? [0, 0] : pad[i]);
    const isSeen = (i: 1 | 2) => Math.max(...around(i)) < kernel[i - 1]!; // no window of padding alone
    const fits = (i: 1 | 2) => [h, w][i - 1]! + around(i)[0]! + around(i)[1]! >= kernel[i - 1]!;
    return pad === "same" || ([1, 2] as const).every((i) => isSeen(i) && fits(i));
  })
  .map(({ n, h, w, c, kernel, strides, pad }) => ({
    x: [n, h, w, c] as Sides,
    attrs: { filterSize: kernel, strides, pad, dimRoundingMode: typeof pad === "string" ? undefined : "floor" },
    y: tf.backend_util.computePool2DInfo([n, h, w, c], kernel, strides, 1, pad, "floor").outShape,
  }));

const forward: fc.Arbitrary<Call> = geometries.chain(({ x, attrs }) =>
  fc.record({ inputs: fc.record({ x: numbers(x, "float32", wildFloats) }), attrs: fc.constant(attrs) }),
);

/** Few different numbers: ties are the rule. */
const tied: fc.Arbitrary<number> = fc.constantFrom(-1, 0, 0.5, 1);

const backward = (value = tied): fc.Arbitrary<Call> =>
  geometries.chain(({ x, y, attrs }) =>
    fc.record({
      inputs: fc.record({ dy: numbers(y), input: numbers(x, "float32", value), output: numbers(y) }),
      attrs: fc.constant(attrs),
    }),
  );

const normalized: fc.Arbitrary<Call> = fc
  .tuple(fc.tuple(few, side, side, side), fc.boolean(), fc.boolean(), fc.boolean())
  .chain(([x, whole, scaled, shifted]) => {
    const statistics = whole ? x : x.slice(3);
    return fc.record({
      inputs: fc.record({
        x: numbers(x, "float32", wildFloats),
        mean: numbers(statistics),
        variance: numbers(statistics, "float32", fc.integer({ min: 1, max: 40 }).map((n) => n / 8)), // prettier-ignore
        ...(shifted ? { offset: numbers(statistics) } : {}),
        ...(scaled ? { scale: numbers(statistics) } : {}),
      }),
      attrs: fc.constant({ varianceEpsilon: 1e-3 }),
    });
  });

describe("pooling and normalization are cpu's", () => {
  it(tf.MaxPool, () => forAll(tf.MaxPool, forward, { numRuns: 100 }));
  it(tf.AvgPool, () => forAll(tf.AvgPool, forward, { numRuns: 100 }));
  it(tf.MaxPoolGrad, () => forAll(tf.MaxPoolGrad, backward(), { numRuns: 100 }));
  it(`${tf.MaxPoolGrad} with NaN`, () =>
    forAll(tf.MaxPoolGrad, backward(fc.constantFrom(NaN, -Infinity, Infinity, 1, 2)), { numRuns: 60 }));
  it(tf.AvgPoolGrad, () => forAll(tf.AvgPoolGrad, backward(), { numRuns: 100 }));
  it(tf.FusedBatchNorm, () => forAll(tf.FusedBatchNorm, normalized, { numRuns: 100 }));
});
