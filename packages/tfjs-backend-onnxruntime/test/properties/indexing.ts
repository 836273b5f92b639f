import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import type { Call } from "../as-defined.js";
import type { Numbers } from "../loops/numbers.js";
import { dtypes, numbers, shapes, wild } from "./draw.js";
import type { Properties } from "./property.js";

export const indices = (shape: readonly number[], below: number, above = 0): fc.Arbitrary<Numbers> =>
  numbers(shape, "int32", fc.integer({ min: above, max: below - 1 }));

/** Places in `shape`, each of `rank` indices. */
export const places = (shape: readonly number[], rank: number, count: readonly number[]): fc.Arbitrary<Numbers> => {
  const n = count.reduce((product, side) => product * side, 1);
  const place = fc.tuple(...shape.slice(0, rank).map((side) => fc.nat(side - 1)));
  return fc
    .array(place, { minLength: n, maxLength: n })
    .map((list) => ({ shape: [...count, rank], dtype: "int32", values: list.flat() }));
};

const any = (shape: readonly number[], dtype: Numbers["dtype"]) => numbers(shape, dtype, wild[dtype]);

const gathers: fc.Arbitrary<Call> = fc.tuple(shapes(1, 4), shapes(0, 3, 3), dtypes).chain(([shape, count, dtype]) =>
  fc.nat(Math.min(shape.length - 1, count.length)).chain((batchDims) =>
    fc.integer({ min: batchDims, max: shape.length - 1 }).chain((axis): fc.Arbitrary<Call> => {
      const rows = [...shape.slice(0, batchDims), ...count.slice(batchDims)];
      return fc
        .record({ x: any(shape, dtype), indices: indices(rows, shape[axis]!) })
        .map((inputs) => ({ inputs, attrs: { axis, batchDims } }));
    }),
  ),
);

const gathersOfPlaces: fc.Arbitrary<Call> = fc
  .tuple(shapes(1, 4), shapes(0, 2, 3), dtypes)
  .chain(([shape, count, dtype]) =>
    fc
      .integer({ min: 1, max: shape.length })
      .chain((rank) =>
        fc.record({ params: any(shape, dtype), indices: places(shape, rank, count) }).map((inputs) => ({ inputs })),
      ),
  );

/** [x or shape, indices, updates] of a scatter. */
const scatters = fc.tuple(shapes(1, 4, 4), shapes(1, 2, 4), dtypes).chain(([shape, count, dtype]) =>
  fc.integer({ min: 1, max: shape.length }).chain((rank) =>
    fc.record({
      tensor: any(shape, dtype),
      indices: places(shape, rank, count),
      updates: any([...count, ...shape.slice(rank)], dtype),
    }),
  ),
);

/** Not of bools, of which there is no sum. */
const sums = scatters
  .filter(({ tensor: { dtype } }) => dtype !== "bool")
  .map(({ tensor: { shape }, ...inputs }) => ({ inputs, attrs: { shape } }));

/** Rows of segments that there are not are left out. */
const segments = (dtypesOf: typeof dtypes): fc.Arbitrary<Call> =>
  fc
    .tuple(shapes(1, 3), fc.integer({ min: 1, max: 5 }), dtypesOf)
    .chain(([shape, numSegments, dtype]) =>
      fc
        .record({ x: any(shape, dtype), segmentIds: indices(shape.slice(0, 1), numSegments + 3, -3) })
        .map((inputs) => ({ inputs, attrs: { numSegments } })),
    );

const oneHots: fc.Arbitrary<Call> = fc.tuple(shapes(0, 3), fc.integer({ min: 1, max: 6 })).chain(
  ([shape, depth]) =>
  fc.tuple(indices(shape, depth + 2, -2), fc.constantFrom<object[]>({ dtype: "float32", onValue: 0.5, offValue: -1 }, { dtype: "int32", onValue: 3, offValue: 1 }, { dtype: "bool", onValue: 1, offValue: 0 })) // prettier-ignore
    .map(([x, values]) => ({ inputs: { indices: x }, attrs: { depth, ...values } })), // prettier-ignore
);

const diagonals: fc.Arbitrary<Call> = fc
  .tuple(shapes(0, 2), dtypes)
  .chain(([shape, dtype]) => any(shape, dtype))
  .map((x) => ({ inputs: { x } }));

export const indexing: Properties = {
  [tf.GatherV2]: [{ calls: gathers, numRuns: 150 }],
  [tf.GatherNd]: [{ calls: gathersOfPlaces }],
  [tf.ScatterNd]: [{ calls: sums }],
  [tf.TensorScatterUpdate]: [{ calls: scatters.map((inputs) => ({ inputs })) }],
  [tf.UnsortedSegmentSum]: [
    { calls: segments(fc.constantFrom("float32", "int32")), numRuns: 100 },
    { of: "bool", calls: segments(fc.constant("bool")), lowered: false, numRuns: 20 },
  ],
  [tf.OneHot]: [{ calls: oneHots }],
  [tf.Diag]: [{ calls: diagonals }],
};
