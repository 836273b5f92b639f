import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import type { Call } from "../as-defined.js";
import type { Numbers } from "../loops/numbers.js";
import { floats, numbers, rowsAndShapes, smallInts, wildFloats } from "./draw.js";
import { each, type Properties, type Property } from "./property.js";

/** Few different numbers: there are ties. */
const few = fc.constantFrom(-1, 0, 0.5, 1);
const ranked = rowsAndShapes.filter((shape) => shape.length > 0 && !shape.includes(0));

const alongOne = (
  dtype: Numbers["dtype"],
  value: fc.Arbitrary<number> | undefined,
  attrsOf: (shape: readonly number[]) => fc.Arbitrary<Record<string, unknown>>,
): fc.Arbitrary<Call> =>
  ranked.chain((shape) =>
    fc.tuple(numbers(shape, dtype, value), attrsOf(shape)).map(([x, attrs]) => ({ inputs: { x }, attrs })),
  );
const axisOf = (shape: readonly number[]) =>
  fc.record({ axis: fc.integer({ min: 0, max: shape.length - 1 }), exclusive: fc.boolean(), reverse: fc.boolean() });
const kOf = (shape: readonly number[]) => fc.record({ k: fc.integer({ min: 1, max: shape.at(-1)! }), sorted: fc.constant(true) }); // prettier-ignore

/** Not both infinities in a sum, which is NaN then. */
const notBoth = fc.oneof(
  { weight: 6, arbitrary: floats },
  { weight: 1, arbitrary: fc.constantFrom(NaN, -Infinity, -0) },
);
const extremes = fc.oneof({ weight: 3, arbitrary: floats }, { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, 3e38, -3e38) }); // prettier-ignore

/** Over any of the axes. */
const over = (dtype: Numbers["dtype"], value?: fc.Arbitrary<number>, name = "axis"): fc.Arbitrary<Call> =>
  rowsAndShapes.chain((shape) =>
    fc
      .tuple(numbers(shape, dtype, value), fc.subarray(shape.map((_, i) => i)), fc.boolean(), fc.boolean())
      .map(([x, axes, keepDims, negative]) => ({
        inputs: { x },
        attrs: { [name]: negative ? axes.map((axis) => axis - shape.length) : axes, keepDims },
      })),
  );

const isEmpty = ({ inputs }: Call): boolean => (inputs as { x: Numbers }).x.values.length === 0;

const extreme = (name: string): readonly Property[] => [
  { of: "float32", calls: over("float32", extremes, name), numRuns: 100 },
  { of: "int32", calls: over("int32", undefined, name), numRuns: 40 },
  // no bool is the least
  { of: "bool", calls: over("bool", undefined, name).filter((call) => !isEmpty(call)), numRuns: 30 },
];

const softmax: fc.Arbitrary<Call> = rowsAndShapes
  .filter((shape) => shape.length > 0)
  .chain((shape) => numbers(shape, "float32", notBoth))
  .map((logits) => ({ inputs: { logits }, attrs: { dim: logits.shape.length - 1 } }));

export const alongAxis: Properties = {
  ...each([tf.ArgMax, tf.ArgMin], () => [
    { of: "float32 with ties", calls: alongOne("float32", few, axisOf), numRuns: 100 },
    { of: "float32 with NaN and infinities", calls: alongOne("float32", wildFloats, axisOf), numRuns: 100 },
    { of: "int32", calls: alongOne("int32", undefined, axisOf), numRuns: 40 },
    { of: "bool", calls: alongOne("bool", undefined, axisOf), numRuns: 20 },
  ]),
  [tf.TopK]: [
    { of: "float32 with ties", calls: alongOne("float32", few, kOf), numRuns: 100 },
    { of: "float32 with NaN and infinities", calls: alongOne("float32", wildFloats, kOf), numRuns: 100 },
    { of: "int32", calls: alongOne("int32", undefined, kOf), numRuns: 40 },
    { of: "bool", calls: alongOne("bool", undefined, kOf), lowered: false, numRuns: 20 },
  ],
  [tf.Cumprod]: [
    { of: "float32", calls: alongOne("float32", fc.constantFrom(-1, 0.5, 2, 3), axisOf) },
    { of: "int32", calls: alongOne("int32", undefined, axisOf) },
    { of: "bool", calls: alongOne("bool", undefined, axisOf), numRuns: 20 },
  ],
  [tf.Cumsum]: [
    { of: "float32", calls: alongOne("float32", undefined, axisOf) },
    { of: "int32", calls: alongOne("int32", undefined, axisOf), numRuns: 40 },
    { of: "bool", calls: alongOne("bool", undefined, axisOf), numRuns: 30 },
  ],
  [tf.Sum]: [
    { of: "float32", calls: over("float32", notBoth) },
    { of: "int32", calls: over("int32"), numRuns: 40 },
    { of: "bool", calls: over("bool"), numRuns: 30 },
  ],
  [tf.Mean]: [
    { of: "float32", calls: over("float32", notBoth) },
    { of: "int32", calls: over("int32", smallInts), numRuns: 30 }, // which are floats first
    { of: "bool", calls: over("bool"), numRuns: 30 },
  ],
  [tf.Prod]: [
    { of: "float32", calls: over("float32", fc.constantFrom(1, -1, 0.5, 2, NaN)) },
    { of: "int32", calls: over("int32"), lowered: false, numRuns: 40 },
    { of: "bool", calls: over("bool"), numRuns: 30 },
  ],
  [tf.Max]: extreme("reductionIndices"),
  [tf.Min]: extreme("axis"),
  ...each([tf.All, tf.Any], () => [{ calls: over("bool") }]),
  [tf.Softmax]: [{ calls: softmax }],
};
