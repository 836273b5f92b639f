import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, it } from "vitest";
import { forAll, numbers, rowsAndShapes, type Call } from "./as-defined.js";

const dtype = fc.constantFrom("float32", "int32", "bool");
const calls: fc.Arbitrary<Call> = fc
  .tuple(rowsAndShapes, dtype, dtype)
  .chain(([shape, a, b]) =>
    fc
      .tuple(numbers(shape, "bool"), numbers(shape, a), numbers(shape, b))
      .map(([condition, t, e]) => ({ inputs: { condition, t, e } })),
  );

describe("Select is cpu's", () => {
  it("of all types", () => forAll(tf.Select, calls, { numRuns: 100 }));
});
