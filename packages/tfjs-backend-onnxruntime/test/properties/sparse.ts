import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import type { Call } from "../as-defined.js";
import type { Numbers } from "../loops/numbers.js";
import { dtypes, ints, numbers, shapes, smallInts, wild } from "./draw.js";
import { places } from "./indexing.js";
import type { Properties } from "./property.js";

const count = fc.integer({ min: 1, max: 6 });
const vector = (values: number[]): Numbers => ({ shape: [values.length], dtype: "int32", values });

const denses: fc.Arbitrary<Call> = fc
  .tuple(shapes(1, 3, 4), count, dtypes, fc.boolean())
  .chain(([shape, n, dtype, one]) =>
    fc
      .record({
        sparseIndices: places(shape, shape.length, [n]),
        sparseValues: numbers(one ? [] : [n], dtype, wild[dtype]),
        defaultValue: numbers([], dtype, wild[dtype]),
      })
      .map((inputs) => ({ inputs, attrs: { outputShape: shape } })),
  );

/** On a line, each index may be a number of its own; and of one entry, a single place. */
const otherIndices = fc.constantFrom<Numbers>({ shape: [3], dtype: "int32", values: [4, 0, 2] }, { shape: [], dtype: "int32", values: [3] }); // prettier-ignore
const denseLines: fc.Arbitrary<Call> = otherIndices.chain((sparseIndices) =>
  fc
    .record({ sparseValues: numbers(sparseIndices.shape), defaultValue: numbers([]) })
    .map((inputs) => ({ inputs: { sparseIndices, ...inputs }, attrs: { outputShape: [5] } })),
);

/** Entries of a matrix in any order, or, half of the time, row by row. */
const fills: fc.Arbitrary<Call> = fc
  .tuple(
    fc.tuple(fc.integer({ min: 1, max: 5 }), count, count),
    fc.integer({ min: 1, max: 3 }),
    count,
    fc.boolean(),
    fc.constantFrom("float32", "int32"),
  ) // prettier-ignore
  .chain(([sides, rank, n, sorted, dtype]) => {
    const shape = sides.slice(0, rank);
    return fc
      .record({ indices: places(shape, rank, [n]), values: numbers([n], dtype), defaultValue: numbers([], dtype) })
      .map(({ indices, ...rest }) => ({
        inputs: { indices: sorted ? inOrder(indices) : indices, ...rest, denseShape: vector(shape) },
      }));
  });

function inOrder({ shape, dtype, values }: Numbers): Numbers {
  const rank = shape[1]!;
  const rows = Array.from({ length: shape[0]! }, (_, i) => values.slice(i * rank, (i + 1) * rank));
  return { shape, dtype, values: rows.toSorted((a, b) => a[0]! - b[0]!).flat() };
}

const reshapes: fc.Arbitrary<Call> = fc
  .tuple(count, fc.constantFrom<number[]>([12], [3, 4], [2, 3, 2], [12, 1], [2, -1], [-1], [3, -1, 2]))
  .chain(([n, to]) =>
    places([4, 3], 2, [n]).map((inputIndices) => ({
      inputs: { inputIndices, inputShape: vector([4, 3]), newShape: vector(to) },
    })),
  );

/** Ids that grow, with gaps. */
const segments = (int: fc.Arbitrary<number>): fc.Arbitrary<Call> =>
  fc
    .tuple(
      shapes(1, 3, 4),
      fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 6 }),
      fc.constantFrom("float32", "int32"),
    ) // prettier-ignore
    .chain(([shape, steps, dtype]) => {
      const ids = steps.map((_, i) => steps.slice(1, i + 1).reduce((a, b) => a + b, 0));
      return fc
        .record({
          data: numbers(shape, dtype, dtype === "int32" ? int : undefined),
          indices: numbers([ids.length], "int32", fc.nat(shape[0]! - 1)),
        })
        .map((inputs) => ({ inputs: { ...inputs, segmentIds: vector(ids) } }));
    });

export const sparse: Properties = {
  [tf.SparseToDense]: [{ calls: denses }, { of: "indices on a line", calls: denseLines, numRuns: 20 }],
  [tf.SparseFillEmptyRows]: [{ calls: fills, numRuns: 100 }],
  [tf.SparseReshape]: [{ calls: reshapes }],
  [tf.SparseSegmentSum]: [{ calls: segments(ints) }],
  [tf.SparseSegmentMean]: [{ calls: segments(smallInts) }],
};
