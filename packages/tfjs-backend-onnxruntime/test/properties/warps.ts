import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import type { Call } from "../as-defined.js";
import { floats, numbers } from "./draw.js";
import type { Properties } from "./property.js";

const side = fc.integer({ min: 1, max: 6 });
const few = fc.integer({ min: 1, max: 3 });
const images = fc.tuple(few, side, side, fc.integer({ min: 1, max: 5 }));

/** Turned, sheared, moved far out, and in halves; the last two as for a wide angle. */
const coefficient = fc.constantFrom(0, 1, -1, 0.5, 0.75, -1.25, 2);
const shift = fc.integer({ min: -40, max: 40 }).map((n) => n / 4);
const tilt = fc.constantFrom(0, 0, 0, 0.25, -0.5, -1);
const matrix = fc.tuple(coefficient, coefficient, shift, coefficient, coefficient, shift, tilt, tilt);

const transforms = (interpolation: "nearest" | "bilinear"): fc.Arbitrary<Call> =>
  images.chain((shape) =>
    fc
      .tuple(
        numbers(shape),
        fc.constantFrom(1, shape[0]).chain((n) => fc.array(matrix, { minLength: n, maxLength: n })),
        fc.record({
          interpolation: fc.constant(interpolation),
          fillMode: fc.constantFrom("constant", "reflect", "wrap", "nearest"),
          fillValue: fc.constantFrom(0, -0.5),
          outputShape: fc.option(fc.tuple(side, side), { nil: null }),
        }),
      )
      .map(([image, rows, attrs]) => ({
        inputs: { image, transforms: { shape: [rows.length, 8], dtype: "float32", values: rows.flat() } },
        attrs,
      })),
  );

/** By angles at which no pixel falls half-way between two. */
const rotations: fc.Arbitrary<Call> = images.chain((shape) =>
  fc
    .tuple(
      numbers(shape),
      fc.record({
        radians: fc.constantFrom(0, 0.3, -1, 2.5, 7),
        center: fc.constantFrom<number | number[]>(0.5, 0, [0.25, 1]),
        fillValue: fc.constantFrom<number | number[]>(0, 0.5, 7, ...(shape[3] <= 4 ? [[0.25, 3, -1]] : [])),
      }),
    )
    .map(([image, attrs]) => ({ inputs: { image }, attrs })),
);

/** Corners in parts of the image, some of them outside, some turned over. */
const box = fc.array(fc.oneof(fc.constantFrom(0, 1), fc.integer({ min: -3, max: 11 }).map((n) => n / 8)), { minLength: 4, maxLength: 4 }); // prettier-ignore

const crops: fc.Arbitrary<Call> = images.chain((shape) =>
  fc.array(fc.tuple(box, fc.nat(shape[0] - 1)), { minLength: 1, maxLength: 4 }).chain((boxes) =>
    fc
      .tuple(
        numbers(shape, "float32", floats),
        fc.record({
          cropSize: fc.tuple(side, side),
          method: fc.constantFrom("bilinear", "nearest"),
          extrapolationValue: fc.constantFrom(0, -2.5),
        }),
      )
      .map(([image, attrs]) => ({
        inputs: {
          image,
          boxes: { shape: [boxes.length, 4], dtype: "float32", values: boxes.flatMap(([corners]) => corners) },
          boxInd: { shape: [boxes.length], dtype: "int32", values: boxes.map(([, index]) => index) },
        },
        attrs,
      })),
  ),
);

export const warps: Properties = {
  [tf.Transform]: [
    { of: "the nearest pixels", calls: transforms("nearest"), numRuns: 150 },
    { of: "pixels between", calls: transforms("bilinear"), numRuns: 150 },
  ],
  [tf.RotateWithOffset]: [{ calls: rotations, numRuns: 100 }],
  [tf.CropAndResize]: [{ calls: crops, numRuns: 150 }],
};
