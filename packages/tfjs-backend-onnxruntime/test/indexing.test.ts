import * as tf from "@tensorflow/tfjs-core";
import { getThreads, setThreads } from "@fovea/tfjs-backend-onnxruntime";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forAll, numbers, shapes, wildFloats, type Call, type Numbers } from "./as-defined.js";

const dtypes = fc.constantFrom("float32" as const, "int32" as const, "bool" as const);

const indices = (shape: readonly number[], below: number, above = 0): fc.Arbitrary<Numbers> =>
  numbers(shape, "int32", fc.integer({ min: above, max: below - 1 }));

/** Places in `shape`, each of `rank` indices. */
const places = (shape: readonly number[], rank: number, count: readonly number[]): fc.Arbitrary<Numbers> => {
  const n = count.reduce((product, side) => product * side, 1);
  const place = fc.tuple(...shape.slice(0, rank).map((side) => fc.nat(side - 1)));
  return fc
    .array(place, { minLength: n, maxLength: n })
    .map((list) => ({ shape: [...count, rank], dtype: "int32", values: list.flat() }));
};

describe("kernels that index are cpu's", () => {
  it("GatherV2", () =>
    forAll(
      tf.GatherV2,
      fc.tuple(shapes(1, 4), shapes(0, 3, 3), dtypes).chain(([shape, count, dtype]) =>
        fc.nat(Math.min(shape.length - 1, count.length)).chain((batchDims) =>
          fc.integer({ min: batchDims, max: shape.length - 1 }).chain((axis): fc.Arbitrary<Call> => {
            const rows = [...shape.slice(0, batchDims), ...count.slice(batchDims)];
            return fc
              .record({ x: numbers(shape, dtype), indices: indices(rows, shape[axis]!) })
              .map((inputs) => ({ inputs, attrs: { axis, batchDims } }));
          }),
        ),
      ),
      { numRuns: 150 },
    ));

  it.each([-1, 3])("GatherV2 does not take the index %i of 3", async (index) => {
    for (const backend of ["cpu", "onnxruntime"]) {
      await tf.setBackend(backend);
      const x = tf.zeros([3, 1000]);
      expect(() => tf.gather(x, tf.tensor1d([0, index], "int32"))).toThrow(`GatherV2: the index value ${index} is not in [0, 2]`); // prettier-ignore
      x.dispose();
    }
  });

  it("GatherNd", () =>
    forAll(
      tf.GatherNd,
      fc.tuple(shapes(1, 4), shapes(0, 2, 3), dtypes).chain(([shape, count, dtype]) =>
        fc.integer({ min: 1, max: shape.length }).chain(
          (rank) =>
          fc.record({ params: numbers(shape, dtype), indices: places(shape, rank, count) }).map((inputs) => ({ inputs })), // prettier-ignore
        ),
      ),
    ));

  /** [x or shape, indices, updates] of a scatter. */
  const scatters = (dtype: fc.Arbitrary<Numbers["dtype"]>) =>
    fc.tuple(shapes(1, 4, 4), shapes(1, 2, 4), dtype).chain(([shape, count, type]) =>
      fc.integer({ min: 1, max: shape.length }).chain((rank) =>
        fc.record({
          tensor: numbers(shape, type),
          indices: places(shape, rank, count),
          updates: numbers([...count, ...shape.slice(rank)], type),
        }),
      ),
    );

  it("ScatterNd", () =>
    forAll(
      tf.ScatterNd,
      scatters(fc.constantFrom("float32", "int32")).map(({ tensor: { shape }, ...inputs }) => ({ inputs, attrs: { shape } })), // prettier-ignore
    ));

  it("TensorScatterUpdate", () => forAll(tf.TensorScatterUpdate, scatters(dtypes).map((inputs) => ({ inputs })))); // prettier-ignore

  it("scatters and gathers do not reach out of their tensor", async () => {
    for (const backend of ["cpu", "onnxruntime"]) {
      await tf.setBackend(backend);
      const [outside, updates] = [tf.tensor2d([[2, 0]], [1, 2], "int32"), tf.ones([1, 2000])];
      const message = "Invalid indices: 2,0 does not index into 2,1,2000";
      expect(() => tf.scatterND(outside, updates, [2, 1, 2000])).toThrow(message);
      expect(() => tf.gatherND(tf.zeros([2, 1, 2000]), outside)).toThrow(message);
      expect(() => tf.tensorScatterUpdate(tf.zeros([2, 1, 2000]), outside, updates)).toThrow(message);
    }
  });

  it("UnsortedSegmentSum, which leaves out the rows of segments that there are not", () =>
    forAll(
      tf.UnsortedSegmentSum,
      fc
        .tuple(shapes(1, 3), fc.integer({ min: 1, max: 5 }), fc.constantFrom("float32", "int32"))
        .chain(([shape, numSegments, dtype]) =>
          // prettier-ignore
          fc
          .record({ x: numbers(shape, dtype, dtype === "float32" ? wildFloats : undefined), segmentIds: indices(shape.slice(0, 1), numSegments + 3, -3) })
          .map((inputs) => ({ inputs, attrs: { numSegments } })),
        ),
      { numRuns: 100 },
    ));

  it("UnsortedSegmentSum of many rows in one segment, where threads would meet", async () => {
    await tf.setBackend("onnxruntime");
    const threads = getThreads();
    setThreads(4);
    const rows = 20_000;
    const [x, ids] = [tf.ones([rows, 64]), tf.zeros([rows], "int32") as tf.Tensor1D];
    for (let run = 0; run < 20; run++) {
      const sums = tf.unsortedSegmentSum(x, ids, 1);
      expect(new Set(sums.dataSync())).toEqual(new Set([rows]));
    }
    setThreads(threads);
  });

  it("OneHot", () =>
    forAll(
      tf.OneHot,
      fc.tuple(shapes(0, 3), fc.integer({ min: 1, max: 6 })).chain(
        ([shape, depth]) =>
        fc.tuple(indices(shape, depth + 2, -2), fc.constantFrom<object[]>({ dtype: "float32", onValue: 0.5, offValue: -1 }, { dtype: "int32", onValue: 3, offValue: 1 }, { dtype: "bool", onValue: 1, offValue: 0 })) // prettier-ignore
          .map(([x, values]) => ({ inputs: { indices: x }, attrs: { depth, ...values } })), // prettier-ignore
      ),
    ));

  it("Diag", () =>
    forAll(
      tf.Diag,
      fc.tuple(shapes(0, 2), dtypes).chain(([shape, dtype]) => numbers(shape, dtype, dtype === "float32" ? wildFloats : undefined)).map((x) => ({ inputs: { x } })), // prettier-ignore
    ));
});
