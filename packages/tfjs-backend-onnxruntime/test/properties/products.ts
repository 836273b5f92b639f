import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import type { Call } from "../as-defined.js";
import type { Numbers } from "../loops/numbers.js";
import { broadcastShapes, numbers } from "./draw.js";
import type { Properties, Property } from "./property.js";

const side = fc.integer({ min: 1, max: 6 });

/** Batches of `a` and `b` that broadcast one way, both ways, or not at all. */
const batches = broadcastShapes(fc.array(side, { maxLength: 3 })).map(([a, b]) => ({ a, b }));

const matrices = (dtype: Numbers["dtype"]): fc.Arbitrary<Call> =>
  fc
    .record({ batches, m: side, k: side, n: side, transposeA: fc.boolean(), transposeB: fc.boolean() })
    .chain(({ batches: { a, b }, m, k, n, transposeA, transposeB }) =>
      fc.record({
        inputs: fc.record({
          a: numbers([...a, ...(transposeA ? [k, m] : [m, k])], dtype),
          b: numbers([...b, ...(transposeB ? [n, k] : [k, n])], dtype),
        }),
        attrs: fc.constant({ transposeA, transposeB }),
      }),
    );

const fused: fc.Arbitrary<Call> = fc
  .tuple(matrices("float32"), fc.constantFrom("linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"))
  .chain(([{ inputs, attrs }, activation]) => {
    const n = (inputs as Record<string, Numbers>)["b"]!.shape.at(attrs!["transposeB"] ? -2 : -1)!;
    const slopes: Record<string, fc.Arbitrary<Numbers>> = activation === "prelu" ? { preluActivationWeights: numbers([n]) } : {}; // prettier-ignore
    return fc.record({ bias: numbers([n]), ...slopes }).map((more) => ({
      inputs: { ...inputs, ...more },
      attrs: { ...attrs, activation, leakyreluAlpha: 0.3 },
    }));
  });

const sizes: Readonly<Record<string, number>> = { a: 2, b: 3, c: 4, d: 5, e: 1 };
const equations = ["ab,bc->ac", "ab,cb->ac", "dab,dbc->dac", "abc,dc->abd", "ab->ba", "ab->", "abc->b", "a,b->ab", "ab,ab->", "ab, ab -> a", "abcd,abed->abce", "abc,c->abc", "ab,bc->", "abc,bd->cd", "abc,ac->", "a,b->", "ab,b->b"]; // prettier-ignore

const summed = (equation: string, dtype: "float32" | "int32"): Property => {
  const terms = equation.replaceAll(" ", "").split("->")[0]!.split(",");
  const operands = terms.map((term) => numbers([...term].map((letter) => sizes[letter]!), dtype)); // prettier-ignore
  const calls = fc.tuple(...operands).map((inputs) => ({ inputs, attrs: { equation } }));
  return { of: `${dtype}, ${equation}`, calls, lowered: dtype === "float32", numRuns: 8 };
};

export const products: Properties = {
  [tf.BatchMatMul]: [
    { of: "float32", calls: matrices("float32"), numRuns: 200 },
    { of: "int32", calls: matrices("int32") },
  ],
  [tf._FusedMatMul]: [{ calls: fused, numRuns: 100 }],
  [tf.Einsum]: equations.flatMap((equation) => [summed(equation, "float32"), summed(equation, "int32")]),
};
