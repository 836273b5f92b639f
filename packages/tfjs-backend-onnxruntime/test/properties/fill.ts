import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import type { Call } from "../as-defined.js";
import { dtypes, numbers, rowsAndShapes, wild } from "./draw.js";
import { each, type Properties } from "./property.js";

const casts: fc.Arbitrary<Call> = fc
  .tuple(rowsAndShapes, dtypes, dtypes)
  .chain(([shape, from, dtype]) => numbers(shape, from, wild[from]).map((x) => ({ inputs: { x }, attrs: { dtype } })));

const fills: fc.Arbitrary<Call> = fc
  .record({ shape: rowsAndShapes, value: fc.constantFrom(0, 1, -2.5, 3), dtype: dtypes })
  .map((attrs) => ({ inputs: {}, attrs }));

const any: fc.Arbitrary<Call> = fc
  .tuple(rowsAndShapes, dtypes)
  .chain(([shape, dtype]) => numbers(shape, dtype, wild[dtype]))
  .map((x) => ({ inputs: { x } }));

export const fill: Properties = {
  [tf.Cast]: [{ calls: casts, numRuns: 200 }],
  [tf.Fill]: [{ calls: fills }],
  ...each([tf.ZerosLike, tf.OnesLike], () => [{ calls: any }]),
};
