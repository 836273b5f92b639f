import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import type { Call } from "../as-defined.js";
import type { Numbers } from "../loops/numbers.js";
import { broadcastShapes, dtypes, numbers, rowsAndShapes, smallInts, wild, wildFloats } from "./draw.js";
import { each, type Properties, type Property } from "./property.js";

const calls = (
  names: readonly [string, string],
  dtype: Numbers["dtype"],
  [first, second]: readonly [fc.Arbitrary<number>, fc.Arbitrary<number>] = [wild[dtype], wild[dtype]],
): fc.Arbitrary<Call> =>
  broadcastShapes().chain(([a, b]) =>
    fc
      .tuple(numbers(a, dtype, first), numbers(b, dtype, second))
      .map(([x, y]) => ({ inputs: { [names[0]]: x, [names[1]]: y } })),
  );

const ab = ["a", "b"] as const;

const of = (dtype: Numbers["dtype"], kernel: string, lowered = true): Property => ({
  of: dtype,
  calls: calls(ab, dtype, values[kernel]?.[dtype]),
  lowered,
  numRuns: dtype === "float32" ? 60 : 40,
});

/** Often ±1, which IEEE 754 treats on its own. */
const powers = fc.oneof({ weight: 3, arbitrary: wildFloats }, { weight: 1, arbitrary: fc.constantFrom(1, -1) });
const exponents = fc.integer({ min: -5, max: 40 });

type Pair = readonly [fc.Arbitrary<number>, fc.Arbitrary<number>];
const values: Readonly<Record<string, Partial<Record<Numbers["dtype"], Pair>>>> = {
  [tf.Pow]: { float32: [powers, powers], int32: [fc.oneof(smallInts, fc.integer()), exponents] },
};

const arithmetic = [tf.Atan2, tf.Add, tf.Sub, tf.Multiply, tf.Maximum, tf.Minimum, tf.RealDiv, tf.FloorDiv, tf.Mod, tf.Pow, tf.SquaredDifference]; // prettier-ignore
const comparisons = [tf.Equal, tf.NotEqual, tf.Greater, tf.GreaterEqual, tf.Less, tf.LessEqual];
const loweredOfBools: readonly string[] = [tf.Multiply, tf.Maximum, tf.Minimum, tf.FloorDiv];

/** The condition, and what it chooses, of the same type or not. */
const selections: fc.Arbitrary<Call> = fc
  .tuple(rowsAndShapes, dtypes, dtypes)
  .chain(([shape, a, b]) =>
    fc
      .tuple(numbers(shape, "bool"), numbers(shape, a), numbers(shape, b))
      .map(([condition, t, e]) => ({ inputs: { condition, t, e } })),
  );

const several = (dtype: Numbers["dtype"]): fc.Arbitrary<Call> =>
  fc
    .tuple(rowsAndShapes, fc.integer({ min: 1, max: 5 }))
    .chain(([shape, n]) => fc.array(numbers(shape, dtype), { minLength: n, maxLength: n }))
    .map((inputs) => ({ inputs }));

const errors: fc.Arbitrary<Call> = rowsAndShapes
  .chain((shape) => fc.tuple(numbers(shape), numbers(shape, "float32", wildFloats)))
  .map(([dy, y]) => ({ inputs: { dy, y } }));

export const binary: Properties = {
  ...each(arithmetic, (kernel) => [
    of("float32", kernel),
    of("int32", kernel, kernel !== tf.Pow),
    of("bool", kernel, loweredOfBools.includes(kernel)),
  ]),
  ...each(comparisons, (kernel) => [of("float32", kernel), of("int32", kernel), of("bool", kernel)]),
  ...each([tf.LogicalAnd, tf.LogicalOr], (kernel) => [of("bool", kernel)]),
  [tf.BitwiseAnd]: [of("int32", tf.BitwiseAnd)],
  [tf.EluGrad]: [{ calls: errors }],
  [tf.AddN]: [
    { of: "float32", calls: several("float32") },
    { of: "int32", calls: several("int32") },
    { of: "bool", calls: several("bool"), lowered: false, numRuns: 20 },
  ],
  [tf.Prelu]: [
    { of: "float32", calls: calls(["x", "alpha"], "float32") },
    { of: "int32", calls: calls(["x", "alpha"], "int32"), numRuns: 20 },
    { of: "bool", calls: calls(["x", "alpha"], "bool"), numRuns: 20 },
  ],
  [tf.Select]: [{ calls: selections, numRuns: 100 }],
};
