import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import type { Call } from "../as-defined.js";
import { floats, numbers, smallInts, wild } from "./draw.js";
import { each, type Properties } from "./property.js";

const side = fc.integer({ min: 1, max: 7 });
const sides = fc.tuple(fc.integer({ min: 1, max: 3 }), side, side, fc.integer({ min: 1, max: 4 }));

const modes = fc.constantFrom(
  { alignCorners: true, halfPixelCenters: false },
  { alignCorners: false, halfPixelCenters: true },
  { alignCorners: false, halfPixelCenters: false },
);

const resizes = (value: { float32: fc.Arbitrary<number>; int32: fc.Arbitrary<number> }): fc.Arbitrary<Call> =>
  fc
    .tuple(sides, fc.tuple(side, side), modes, fc.constantFrom("float32", "int32"))
    .chain(([shape, size, mode, dtype]) =>
      numbers(shape, dtype, value[dtype]).map((images) => ({ inputs: { images }, attrs: { size, ...mode } })),
    );

const gradients: fc.Arbitrary<Call> = fc
  .tuple(sides, side, side, modes)
  .chain(([shape, h, w, attrs]) =>
    fc.record({ images: numbers(shape), dy: numbers([shape[0], h, w, shape[3]]) }).map((inputs) => ({ inputs, attrs })),
  );

const lrnAttrs = fc.record({
  depthRadius: fc.integer({ min: 0, max: 4 }),
  bias: fc.constantFrom(1, 0.5),
  alpha: fc.constantFrom(1, 0.25),
  beta: fc.constantFrom(0.5, 0.75, 1),
});

const normalized: fc.Arbitrary<Call> = fc
  .tuple(
    sides.chain((shape) => numbers(shape)),
    lrnAttrs,
  )
  .map(([x, attrs]) => ({ inputs: { x }, attrs }));

const normalizedErrors: fc.Arbitrary<Call> = fc
  .tuple(
    sides.chain((shape) => fc.record({ x: numbers(shape), y: numbers(shape), dy: numbers(shape) })),
    lrnAttrs,
  )
  .map(([inputs, attrs]) => ({ inputs, attrs }));

export const images: Properties = {
  [tf.ResizeBilinear]: [{ calls: resizes({ float32: floats, int32: smallInts }), numRuns: 150 }], // in floats
  [tf.ResizeNearestNeighbor]: [{ calls: resizes(wild), numRuns: 150 }],
  ...each([tf.ResizeBilinearGrad, tf.ResizeNearestNeighborGrad], () => [{ calls: gradients, numRuns: 150 }]),
  [tf.LRN]: [{ calls: normalized }],
  [tf.LRNGrad]: [{ calls: normalizedErrors }],
};
