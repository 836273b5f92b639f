import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, it } from "vitest";
import { broadcastShapes, forAll, ints, numbers, type Call, type Numbers } from "./as-defined.js";

const side = fc.integer({ min: 1, max: 6 });

/** Batches of `a` and `b` that broadcast one way, both ways, or not at all. */
const batches = broadcastShapes(fc.array(side, { maxLength: 3 })).map(([a, b]) => ({ a, b }));

const products = (dtype: Numbers["dtype"]): fc.Arbitrary<Call> =>
  fc
    .record({ batches, m: side, k: side, n: side, transposeA: fc.boolean(), transposeB: fc.boolean() })
    .chain(({ batches: { a, b }, m, k, n, transposeA, transposeB }) =>
      fc.record({
        inputs: fc.record({
          a: numbers([...a, ...(transposeA ? [k, m] : [m, k])], dtype, dtype === "int32" ? ints : undefined),
          b: numbers([...b, ...(transposeB ? [n, k] : [k, n])], dtype, dtype === "int32" ? ints : undefined),
        }),
        attrs: fc.constant({ transposeA, transposeB }),
      }),
    );

const fused: fc.Arbitrary<Call> = fc
  .tuple(products("float32"), fc.constantFrom("linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"))
  .chain(([{ inputs, attrs }, activation]) => {
    const n = (inputs as Record<string, Numbers>)["b"]!.shape.at(attrs!["transposeB"] ? -2 : -1)!;
    const slopes: Record<string, fc.Arbitrary<Numbers>> = activation === "prelu" ? { preluActivationWeights: numbers([n]) } : {}; // prettier-ignore
    return fc.record({ bias: numbers([n]), ...slopes }).map((more) => ({
      inputs: { ...inputs, ...more },
      attrs: { ...attrs, activation, leakyreluAlpha: 0.3 },
    }));
  });

describe("products of matrices are cpu's", () => {
  it(`${tf.BatchMatMul} of floats`, () => forAll(tf.BatchMatMul, products("float32"), { numRuns: 200 }));
  it(`${tf.BatchMatMul} of whole numbers`, () => forAll(tf.BatchMatMul, products("int32")));
  it(tf._FusedMatMul, () => forAll(tf._FusedMatMul, fused, { numRuns: 100 }));
});
