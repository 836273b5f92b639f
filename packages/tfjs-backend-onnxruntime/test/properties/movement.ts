import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import type { Call } from "../as-defined.js";
import type { Numbers } from "../loops/numbers.js";
import { dtypes, numbers, rowsAndShapes, shapes, wild } from "./draw.js";
import type { Properties } from "./property.js";

/** A tensor of any type and, drawn for its shape, attributes. */
const withAttrs = (
  shapesOf: fc.Arbitrary<number[]>,
  attrsOf: (shape: number[]) => fc.Arbitrary<Record<string, unknown>>,
  input = "x",
): fc.Arbitrary<Call> =>
  fc
    .tuple(shapesOf, dtypes)
    .chain(([shape, dtype]) => fc.tuple(numbers(shape, dtype, wild[dtype]), attrsOf(shape)))
    .map(([x, attrs]) => ({ inputs: { [input]: x }, attrs }));

const each = <T>(shape: readonly number[], of: (side: number) => fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.tuple(...shape.map(of));

const small = fc.integer({ min: 0, max: 2 });

/** Several tensors of one type. */
const list = (shapesOf: readonly (readonly number[])[]): fc.Arbitrary<Numbers[]> =>
  dtypes.chain((dtype) => fc.tuple(...shapesOf.map((shape) => numbers(shape, dtype, wild[dtype]))));

/** On cpu a slice without elements throws, or not, as the strides have it. */
function hasElements({ inputs, attrs }: Call): boolean {
  const { begin, end, strides, beginMask, endMask, newAxisMask } = attrs as unknown as tf.StridedSliceAttrs;
  const { x } = inputs as { x: Numbers };
  const info = tf.slice_util.sliceInfo([...x.shape], begin, end, strides, beginMask, endMask, 0, newAxisMask, 0);
  return tf.slice_util.computeOutShape(info.begin, info.end, info.strides).every((side) => side > 0);
}

const slices = withAttrs(shapes(1, 5), (shape) =>
  each(shape, (side) => fc.nat(side - 1).chain((begin) => fc.tuple(fc.constant(begin), fc.oneof(fc.constant(-1), fc.integer({ min: 1, max: side - begin }))))) // prettier-ignore
    .map((parts) => ({ begin: parts.map(([begin]) => begin), size: parts.map(([, size]) => size) })),
);

const bit = (rank: number) => fc.nat(2 ** rank - 1);
const stridedSlices = withAttrs(shapes(1, 4), (shape) =>
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
).filter(hasElements);

const shrunk = withAttrs(
  shapes(3, 3),
  (shape) =>
  fc.constantFrom(
    { begin: [0, 1 - shape[1]!, 0], end: [1, 1, shape[2]!], strides: [1, 1, 1], shrinkAxisMask: 1 },
    { begin: [0, 0], end: [0, 1], strides: [1, 1], ellipsisMask: 1, shrinkAxisMask: 2 },
    { begin: [0, shape[2]! - 1], end: [0, 0], strides: [1, -1], ellipsisMask: 1, endMask: 2 },
  ).map((given) => ({ beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0, ...given })), // prettier-ignore
);

const concatenations: fc.Arbitrary<Call> = fc
  .tuple(shapes(1, 4), fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }))
  .chain(([shape, sides]) =>
    fc
      .integer({ min: 0, max: shape.length - 1 })
      .chain((axis) =>
        list(sides.map((side) => shape.with(axis, side))).map((inputs) => ({ inputs, attrs: { axis } })),
      ),
  );

const stacks: fc.Arbitrary<Call> = fc.tuple(shapes(0, 3), fc.integer({ min: 1, max: 4 })).chain(
  ([shape, n]) =>
  fc.tuple(list(new Array<number[]>(n).fill(shape)), fc.integer({ min: -shape.length - 1, max: shape.length }))
    .map(([inputs, axis]) => ({ inputs, attrs: { axis } })), // prettier-ignore
);

const splits = withAttrs(shapes(1, 4), (shape) =>
  fc.nat(shape.length - 1).chain((axis) => {
    const side = shape[axis]!;
    const cuts = fc.nat(side - 1).map((first) => (first === 0 ? [side] : [first, side - first]));
    return fc.oneof(cuts, fc.constant(side), fc.constant(1)).map((numOrSizeSplits) => ({ numOrSizeSplits, axis }));
  }),
);

const pads = withAttrs(shapes(1, 4), (shape) =>
  fc.record({ paddings: each(shape, () => fc.tuple(small, small)), constantValue: fc.constantFrom(0, 1) }),
);

const mirrored = (mode: "reflect" | "symmetric") => {
  const most = (side: number) => fc.nat(mode === "reflect" ? side - 1 : side);
  return withAttrs(shapes(1, 3), (shape) =>
    each(shape, (side) => fc.tuple(most(side), most(side))).map((paddings) => ({ paddings, mode })),
  );
};

const three = fc.integer({ min: 1, max: 3 });
const sides = fc.tuple(three, three, three, three);
const batched = sides.chain(
  ([h, w, c, b]) =>
  withAttrs(fc.constant([b, h * 2 - 1, w * 3 - 2, c]), () => fc.constant({ blockShape: [2, 3], paddings: [[1, 0], [0, 2]] })), // prettier-ignore
);
const unbatched = sides.chain(
  ([h, w, c, b]) =>
  withAttrs(fc.constant([b * 6, h, w, c]), () => fc.constantFrom({ blockShape: [2, 3], crops: [[1, 0], [0, 2]] }, { blockShape: [2, 3], crops: [[0, 0], [0, 0]] })), // prettier-ignore
);
const deep = withAttrs(shapes(4, 4, 3).map(([b, h, w, c]) => [b!, h!, w!, c! * 4]), () => fc.constant({ blockSize: 2, dataFormat: "NHWC" })); // prettier-ignore

const size = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

export const movement: Properties = {
  [tf.Identity]: [{ calls: withAttrs(rowsAndShapes, () => fc.constant({})), numRuns: 20 }],
  [tf.Reshape]: [
    { calls: withAttrs(rowsAndShapes, (shape) => fc.constantFrom([size(shape)], [1, ...shape], [...shape].reverse()).map((to) => ({ shape: to }))), numRuns: 30 }, // prettier-ignore
  ],
  [tf.ExpandDims]: [
    { calls: withAttrs(shapes(0, 4), (shape) => fc.integer({ min: -shape.length - 1, max: shape.length }).map((dim) => ({ dim })), "input"), numRuns: 30 }, // prettier-ignore
  ],
  [tf.Slice]: [{ calls: slices }],
  [tf.StridedSlice]: [
    { of: "masks", calls: stridedSlices, numRuns: 200 },
    { of: "an axis given up, or an ellipsis", calls: shrunk },
  ],
  [tf.Reverse]: [{ calls: withAttrs(shapes(0, 4), (shape) => fc.subarray([...shape.keys()]).map((dims) => ({ dims }))) }], // prettier-ignore
  [tf.FlipLeftRight]: [{ calls: withAttrs(shapes(4, 4, 4), () => fc.constant({}), "image"), numRuns: 20 }],
  [tf.Concat]: [{ calls: concatenations }],
  [tf.Pack]: [{ calls: stacks }],
  [tf.SplitV]: [{ calls: splits }],
  [tf.Unpack]: [
    { calls: withAttrs(shapes(1, 4), (shape) => fc.integer({ min: -shape.length, max: shape.length - 1 }).map((axis) => ({ axis })), "value") }, // prettier-ignore
  ],
  [tf.Transpose]: [
    { calls: withAttrs(shapes(1, 6, 3), (shape) => fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }).map((perm) => ({ perm }))), numRuns: 150 }, // prettier-ignore
  ],
  [tf.Tile]: [
    { calls: withAttrs(shapes(1, 4), (shape) => each(shape, () => three).map((reps) => ({ reps }))), numRuns: 150 },
  ],
  [tf.PadV2]: [{ calls: pads }],
  [tf.MirrorPad]: [
    { of: "reflect", calls: mirrored("reflect") },
    { of: "symmetric", calls: mirrored("symmetric") },
  ],
  [tf.SpaceToBatchND]: [{ calls: batched, numRuns: 30 }],
  [tf.BatchToSpaceND]: [{ calls: unbatched, numRuns: 30 }],
  [tf.DepthToSpace]: [{ calls: deep, numRuns: 30 }],
};
