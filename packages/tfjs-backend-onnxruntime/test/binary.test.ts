import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, it } from "vitest";
import {
  broadcastShapes,
  floats,
  forAll,
  numbers,
  rowsAndShapes,
  wildFloats,
  type Call,
  type Numbers,
} from "./as-defined.js";

const calls = (
  names: readonly [string, string],
  dtype: Numbers["dtype"],
  value?: fc.Arbitrary<number>,
): fc.Arbitrary<Call> =>
  broadcastShapes().chain(([a, b]) =>
    fc
      .tuple(numbers(a, dtype, value), numbers(b, dtype, value))
      .map(([x, y]) => ({ inputs: { [names[0]]: x, [names[1]]: y } })),
  );
/** Without numbers that overflow an integer. */
const tame = fc.oneof(
  { weight: 4, arbitrary: floats },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity) },
);
/** Often ±1, which IEEE 754 treats on its own. */
const powers = fc.oneof({ weight: 3, arbitrary: wildFloats }, { weight: 1, arbitrary: fc.constantFrom(1, -1) });
const ofFloats: Readonly<Record<string, fc.Arbitrary<number>>> = { [tf.FloorDiv]: tame, [tf.Pow]: powers };
const ab = ["a", "b"] as const;

const arithmetic = [tf.Atan2, tf.Add, tf.Sub, tf.Multiply, tf.Maximum, tf.Minimum, tf.RealDiv, tf.FloorDiv, tf.Mod, tf.Pow, tf.SquaredDifference]; // prettier-ignore
const comparisons = [tf.Equal, tf.NotEqual, tf.Greater, tf.GreaterEqual, tf.Less, tf.LessEqual];

describe("binary kernels are cpu's", () => {
  it.each([...arithmetic, ...comparisons])("%s of floats", (kernel) =>
    forAll(kernel, calls(ab, "float32", ofFloats[kernel] ?? wildFloats)),
  );
  it.each([...arithmetic, ...comparisons, tf.BitwiseAnd])("%s of int32", (kernel) => forAll(kernel, calls(ab, "int32", kernel === tf.Pow ? fc.integer({ min: -5, max: 7 }) : undefined), { numRuns: 30 })); // prettier-ignore
  it.each([...comparisons, tf.LogicalAnd, tf.LogicalOr, tf.Multiply, tf.Maximum, tf.Minimum])("%s of bools", (kernel) =>
    forAll(kernel, calls(ab, "bool"), { numRuns: 30 }),
  );
  it("EluGrad", () =>
    forAll(
      tf.EluGrad,
      rowsAndShapes
        .chain((shape) => fc.tuple(numbers(shape), numbers(shape, "float32", wildFloats)))
        .map(([dy, y]) => ({ inputs: { dy, y } })),
    ));
  it.each(["float32", "int32"] as const)("AddN of %s", (dtype) =>
    forAll(
      tf.AddN,
      fc
        .tuple(rowsAndShapes, fc.integer({ min: 1, max: 5 }))
        .chain(([shape, n]) => fc.array(numbers(shape, dtype), { minLength: n, maxLength: n }))
        .map((inputs) => ({ inputs })),
    ),
  );
  it("Prelu", () => forAll(tf.Prelu, calls(["x", "alpha"], "float32", wildFloats)));
});
