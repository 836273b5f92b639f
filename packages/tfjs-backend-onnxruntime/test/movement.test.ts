import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, it } from "vitest";
import { forAll, numbers, shapes, type Call, type Numbers } from "./as-defined.js";

const dtypes = fc.constantFrom("float32", "int32", "bool");

/** A tensor of any type and, drawn for its shape, attributes. */
const withAttrs = (
  shapesOf: fc.Arbitrary<number[]>,
  attrsOf: (shape: number[]) => fc.Arbitrary<Record<string, unknown>>,
  input = "x",
): fc.Arbitrary<Call> =>
  fc
    .tuple(shapesOf, dtypes)
    .chain(([shape, dtype]) => fc.tuple(numbers(shape, dtype), attrsOf(shape)))
    .map(([x, attrs]) => ({ inputs: { [input]: x }, attrs }));

const each = <T>(shape: readonly number[], of: (side: number) => fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.tuple(...shape.map(of));

const small = fc.integer({ min: 0, max: 2 });

/** Several tensors of one type. */
const list = (shapesOf: readonly (readonly number[])[]): fc.Arbitrary<Numbers[]> =>
  dtypes.chain((dtype) => fc.tuple(...shapesOf.map((shape) => numbers(shape, dtype))));

/** On cpu a slice without elements throws, or not, as the strides have it. */
function hasElements({ inputs, attrs }: Call): boolean {
  const { begin, end, strides, beginMask, endMask, newAxisMask } = attrs as unknown as tf.StridedSliceAttrs;
  const { x } = inputs as { x: Numbers };
  const info = tf.slice_util.sliceInfo([...x.shape], begin, end, strides, beginMask, endMask, 0, newAxisMask, 0);
  return tf.slice_util.computeOutShape(info.begin, info.end, info.strides).every((side) => side > 0);
}

describe("kernels that move numbers are cpu's", () => {
  it("Slice", () =>
    forAll(
      tf.Slice,
      withAttrs(shapes(1, 5), (shape) =>
        each(shape, (side) => fc.nat(side - 1).chain((begin) => fc.tuple(fc.constant(begin), fc.oneof(fc.constant(-1), fc.integer({ min: 1, max: side - begin }))))) // prettier-ignore
          .map((parts) => ({ begin: parts.map(([begin]) => begin), size: parts.map(([, size]) => size) })),
      ),
    ));

  it("StridedSlice", () => {
    const bit = (rank: number) => fc.nat(2 ** rank - 1);
    return forAll(
      tf.StridedSlice,
      withAttrs(shapes(1, 4), (shape) =>
        fc.record({
          begin: each(shape, (side) => fc.integer({ min: -side, max: side - 1 })),
          end: each(shape, (side) => fc.integer({ min: -side - 1, max: side })),
          strides: each(shape, () => fc.constantFrom(1, 2, 3, -1, -2)),
          beginMask: bit(shape.length),
          endMask: bit(shape.length),
          ellipsisMask: fc.constant(0),
          newAxisMask: fc.constant(0),
          shrinkAxisMask: fc.constant(0),
        }),
      ).filter(hasElements),
      { numRuns: 200 },
    );
  });

  it("StridedSlice with an axis given up, and with an ellipsis", () =>
    forAll(
      tf.StridedSlice,
      withAttrs(
        shapes(3, 3),
        (shape) =>
        fc.constantFrom(
          { begin: [0, 1 - shape[1]!, 0], end: [1, 1, shape[2]!], strides: [1, 1, 1], shrinkAxisMask: 1 },
          { begin: [0, 0], end: [0, 1], strides: [1, 1], ellipsisMask: 1, shrinkAxisMask: 2 },
          { begin: [0, shape[2]! - 1], end: [0, 0], strides: [1, -1], ellipsisMask: 1, endMask: 2 },
        ).map((given) => ({ beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0, ...given })), // prettier-ignore
      ),
    ));

  it("Reverse", () => forAll(tf.Reverse, withAttrs(shapes(0, 4), (shape) => fc.subarray([...shape.keys()]).map((dims) => ({ dims }))))); // prettier-ignore

  it("FlipLeftRight", () => forAll(tf.FlipLeftRight, withAttrs(shapes(4, 4, 4), () => fc.constant({}), "image"), { numRuns: 20 })); // prettier-ignore

  it("Concat", () =>
    forAll(
      tf.Concat,
      fc
        .tuple(shapes(1, 4), fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }))
        .chain(([shape, sides]) =>
          fc
            .integer({ min: 0, max: shape.length - 1 })
            .chain((axis) =>
              list(sides.map((side) => shape.with(axis, side))).map((inputs) => ({ inputs, attrs: { axis } })),
            ),
        ),
    ));

  it("Pack", () =>
    forAll(
      tf.Pack,
      fc.tuple(shapes(0, 3), fc.integer({ min: 1, max: 4 })).chain(
        ([shape, n]) =>
        fc.tuple(list(new Array<number[]>(n).fill(shape)), fc.integer({ min: -shape.length - 1, max: shape.length }))
          .map(([inputs, axis]) => ({ inputs, attrs: { axis } })), // prettier-ignore
      ),
    ));

  it("SplitV", () =>
    forAll(
      tf.SplitV,
      withAttrs(shapes(1, 4), (shape) =>
        fc.nat(shape.length - 1).chain((axis) => {
          const side = shape[axis]!;
          const cuts = fc.nat(side - 1).map((first) => (first === 0 ? [side] : [first, side - first]));
          return fc
            .oneof(cuts, fc.constant(side), fc.constant(1))
            .map((numOrSizeSplits) => ({ numOrSizeSplits, axis }));
        }),
      ),
    ));

  it("Unpack", () => forAll(tf.Unpack, withAttrs(shapes(1, 4), (shape) => fc.integer({ min: -shape.length, max: shape.length - 1 }).map((axis) => ({ axis })), "value"))); // prettier-ignore

  it("Transpose", () => forAll(tf.Transpose, withAttrs(shapes(1, 6, 3), (shape) => fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }).map((perm) => ({ perm }))), { numRuns: 150 })); // prettier-ignore

  it("Tile", () => forAll(tf.Tile, withAttrs(shapes(1, 4), (shape) => each(shape, () => fc.integer({ min: 1, max: 3 })).map((reps) => ({ reps }))), { numRuns: 150 })); // prettier-ignore

  it("PadV2", () =>
    forAll(
      tf.PadV2,
      withAttrs(shapes(1, 4), (shape) =>
        fc.record({ paddings: each(shape, () => fc.tuple(small, small)), constantValue: fc.constantFrom(0, 1) }),
      ),
    ));

  it.each(["reflect", "symmetric"])("MirrorPad %s", (mode) => {
    const most = (side: number) => fc.nat(mode === "reflect" ? side - 1 : side);
    return forAll(
      tf.MirrorPad,
      withAttrs(shapes(1, 3), (shape) =>
        each(shape, (side) => fc.tuple(most(side), most(side))).map((paddings) => ({ paddings, mode })),
      ),
    );
  });

  it("SpaceToBatchND and BatchToSpaceND", async () => {
    const sides = fc.tuple(...new Array(4).fill(fc.integer({ min: 1, max: 3 }))) as fc.Arbitrary<[number, number, number, number]>; // prettier-ignore
    await forAll(
      tf.SpaceToBatchND,
      sides.chain(
        ([h, w, c, b]) =>
        withAttrs(fc.constant([b, h * 2 - 1, w * 3 - 2, c]), () => fc.constant({ blockShape: [2, 3], paddings: [[1, 0], [0, 2]] })), // prettier-ignore
      ),
      { numRuns: 30 },
    );
    await forAll(
      tf.BatchToSpaceND,
      sides.chain(
        ([h, w, c, b]) =>
        withAttrs(fc.constant([b * 6, h, w, c]), () => fc.constantFrom({ blockShape: [2, 3], crops: [[1, 0], [0, 2]] }, { blockShape: [2, 3], crops: [[0, 0], [0, 0]] })), // prettier-ignore
      ),
      { numRuns: 30 },
    );
  });

  it("DepthToSpace", () =>
    forAll(
      tf.DepthToSpace,
      withAttrs(shapes(4, 4, 3).map(([b, h, w, c]) => [b!, h!, w!, c! * 4]), () => fc.constant({ blockSize: 2, dataFormat: "NHWC" })), // prettier-ignore
      { numRuns: 30 },
    ));
});
