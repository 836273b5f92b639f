import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import type { Call } from "../as-defined.js";
import type { Numbers } from "../loops/numbers.js";
import { dtypes, floats, numbers, shapes, smallInts, wild } from "./draw.js";
import type { Properties } from "./property.js";

const nothing = (dtype: Numbers["dtype"]): Numbers => ({ shape: [0], dtype, values: [] });

/** Numbers in [0, 8), and weights for each or none. */
const bins = (maxRank: number, bits: fc.Arbitrary<boolean>): fc.Arbitrary<Call> =>
  fc
    .tuple(shapes(1, maxRank, 8), dtypes, fc.boolean(), fc.integer({ min: 1, max: 9 }), bits)
    .chain(([shape, dtype, weighted, size, binaryOutput]) =>
      fc
        .record({
          x: numbers(shape, "int32", fc.nat(7)),
          weights: weighted ? numbers(shape, dtype) : fc.constant(nothing(dtype)),
        })
        .map((inputs) => ({ inputs, attrs: { size, binaryOutput } })),
    );

const few = fc.constantFrom(0, 1, 1, 2);
const repeated: fc.Arbitrary<Call> = fc.tuple(shapes(1, 3, 4), dtypes).chain(([shape, dtype]) => {
  const value = { float32: fc.oneof(few, fc.constantFrom(NaN, Infinity, -0.5)), int32: few, bool: wild.bool }[dtype];
  return fc
    .tuple(numbers(shape, dtype, value), fc.nat(shape.length - 1))
    .map(([x, axis]) => ({ inputs: { x }, attrs: { axis: [axis] } }));
});

const side = fc.integer({ min: 1, max: 6 });
const searches: fc.Arbitrary<Call> = fc
  .tuple(fc.constantFrom("float32", "int32"), side, side, side, fc.constantFrom("left", "right"))
  .chain(([dtype, batch, n, m, side]) => {
    const value = dtype === "float32" ? floats : smallInts;
    const row = fc.array(value, { minLength: n, maxLength: n }).map((list) => list.toSorted((a, b) => a - b));
    return fc
      .tuple(fc.array(row, { minLength: batch, maxLength: batch }), numbers([batch, m], dtype, value))
      .map(([rows, values]) => ({
        inputs: { sortedSequence: { shape: [batch, n], dtype, values: rows.flat() }, values },
        attrs: { side },
      }));
  });

const ends = fc.integer({ min: -40, max: 40 }).map((n) => n / 4);
const ranges: fc.Arbitrary<Call> = fc
  .record({
    start: ends,
    stop: ends,
    step: fc.constantFrom(1, -1, 0.25, 0.5, 3, -2.5),
    dtype: fc.constantFrom("float32", "int32"),
  }) // prettier-ignore
  .map((attrs) => ({ inputs: {}, attrs }));
const longRanges = fc.constantFrom<Call>(
  { inputs: {}, attrs: { start: 0, stop: 300, step: 0.1, dtype: "float32" } },
  { inputs: {}, attrs: { start: 0.5, stop: -200, step: -0.07, dtype: "float32" } },
);

const lines = (num: fc.Arbitrary<number>): fc.Arbitrary<Call> =>
  fc.record({ start: ends, stop: ends, num }).map((attrs) => ({ inputs: {}, attrs }));

const shapePairs: fc.Arbitrary<Call> = shapes(1, 4).chain((shape) =>
  fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }).chain((ones) =>
    fc.nat(shape.length - 1).map((cut) => {
      const asTensor = (values: number[]): Numbers => ({ shape: [values.length], dtype: "int32", values });
      const [a, b] = [shape.map((n, i) => (ones[i] ? 1 : n)), shape.map((n, i) => (ones[i] ? n : 1)).slice(cut)];
      return { inputs: { s0: asTensor(a), s1: asTensor(b) } };
    }),
  ),
);

const exact = { tolerance: 1e-6 } as const;

export const counts: Properties = {
  [tf.Bincount]: [{ calls: bins(3, fc.constant(false)) }],
  [tf.DenseBincount]: [{ calls: bins(2, fc.boolean()), numRuns: 100 }],
  [tf.Unique]: [{ calls: repeated }],
  [tf.SearchSorted]: [{ calls: searches }],
  [tf.Range]: [
    { calls: ranges, ...exact, numRuns: 100 },
    { of: "many numbers", calls: longRanges, ...exact, numRuns: 4 },
  ],
  [tf.LinSpace]: [
    { calls: lines(fc.integer({ min: 1, max: 9 })), ...exact },
    { of: "many numbers", calls: lines(fc.constant(2001)), ...exact, numRuns: 5 },
  ],
  [tf.BroadcastArgs]: [{ calls: shapePairs }],
};
