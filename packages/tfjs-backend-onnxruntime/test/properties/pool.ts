import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import type { Call } from "../as-defined.js";
import { windowOf } from "../loops/window.js";
import { numbers, wildFloats } from "./draw.js";
import { each, type Properties, type Property } from "./property.js";

const side = fc.integer({ min: 1, max: 8 });
const few = fc.integer({ min: 1, max: 3 });

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
    rounding: fc.constantFrom("floor", "floor", "ceil", "round"),
  }) // prettier-ignore
  .map(({ n, h, w, c, kernel, strides, pad, rounding }) => {
    const attrs = { filterSize: kernel, strides, pad, dimRoundingMode: typeof pad === "string" ? undefined : rounding };
    const window = windowOf([h, w], kernel, strides, attrs);
    return { x: [n, h, w, c], attrs, window, y: [n, ...window.output, c] };
  })
  .filter(({ x, window: { kernel, strides, before, output } }) =>
    output.every((places, i) => {
      const last = (places - 1) * strides[i]! - before[i]!;
      return places > 0 && before[i]! < kernel[i]! && last < x[i + 1]!; // no window of padding alone
    }),
  );

const forward: fc.Arbitrary<Call> = geometries.chain(({ x, attrs }) =>
  fc.record({ inputs: fc.record({ x: numbers(x, "float32", wildFloats) }), attrs: fc.constant(attrs) }),
);

/** With the places of the greatest cells, counted in each image or in the whole batch. */
const withPlaces: fc.Arbitrary<Call> = geometries
  .filter(({ attrs: { pad } }) => typeof pad === "string")
  .chain(({ x, attrs }) =>
    fc.record({
      inputs: fc.record({ x: numbers(x, "float32", wildFloats) }),
      attrs: fc.boolean().map((includeBatchInIndex) => ({ ...attrs, includeBatchInIndex })),
    }),
  );

/** Few different numbers: ties are the rule. */
const tied: fc.Arbitrary<number> = fc.constantFrom(-1, 0, 0.5, 1);

const isFloor = ({ attrs }: { attrs: { dimRoundingMode?: unknown } }): boolean =>
  (attrs.dimRoundingMode ?? "floor") === "floor";

const backward = (value = tied, of = geometries.filter(isFloor)): fc.Arbitrary<Call> =>
  of.chain(({ x, y, attrs }) =>
    fc.record({
      inputs: fc.record({ dy: numbers(y), input: numbers(x, "float32", value), output: numbers(y) }),
      attrs: fc.constant(attrs),
    }),
  );

/** Gradients of these are left to JavaScript. */
const rounded: Property = {
  of: "sizes that are rounded up",
  calls: backward(
    tied,
    geometries.filter((geometry) => !isFloor(geometry)),
  ),
  lowered: false,
};

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

export const pool: Properties = {
  ...each([tf.MaxPool, tf.AvgPool], () => [{ calls: forward, numRuns: 150 }]),
  [tf.MaxPoolWithArgmax]: [{ calls: withPlaces }],
  [tf.MaxPoolGrad]: [
    { of: "ties", calls: backward(), numRuns: 100 },
    { of: "NaN and infinities", calls: backward(fc.constantFrom(NaN, -Infinity, Infinity, 1, 2)) },
    rounded,
  ],
  [tf.AvgPoolGrad]: [{ calls: backward(), numRuns: 100 }, rounded],
  [tf.FusedBatchNorm]: [{ calls: normalized, numRuns: 100 }],
};
