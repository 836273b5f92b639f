import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import type { Call } from "../as-defined.js";
import { numbers } from "./draw.js";
import type { Properties } from "./property.js";

/** Boxes on a grid, corners in any order; scores with ties among them. */
const calls = (attrs: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Call> =>
  fc
    .integer({ min: 1, max: 12 })
    .chain((n) =>
      fc.record({
        inputs: fc.record({
          boxes: numbers([n, 4], "float32", fc.integer({ min: 0, max: 6 }).map((x) => x / 2)),
          scores: numbers([n], "float32", fc.integer({ min: 0, max: 32 }).map((x) => x / 32)),
        }),
        attrs: fc.record({
          maxOutputSize: fc.integer({ min: 1, max: n }),
          iouThreshold: fc.constantFrom(0.3, 0.5, 0.7, 1),
          scoreThreshold: fc.constantFrom(0, 0.25, -Infinity),
          ...attrs,
        }),
      }),
    ); // prettier-ignore

export const suppression: Properties = {
  [tf.NonMaxSuppressionV3]: [{ calls: calls({}), numRuns: 100 }],
  [tf.NonMaxSuppressionV4]: [{ calls: calls({ padToMaxOutputSize: fc.boolean() }), numRuns: 100 }],
  [tf.NonMaxSuppressionV5]: [{ calls: calls({ softNmsSigma: fc.constantFrom(0, 0.1, 0.5) }), numRuns: 150 }],
};
