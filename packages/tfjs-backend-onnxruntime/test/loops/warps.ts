import * as tf from "@tensorflow/tfjs-core";
import type { Loop } from "./elementwise.js";
import { at, isInside, sum, tensorOf, type Numbers, type Place } from "./numbers.js";

type Point = readonly [y: number, x: number];
/** Where a coordinate outside [0, side) is read. */
type Extend = (x: number, side: number) => number;

const clamp: Extend = (x, side) => Math.min(side - 1, Math.max(0, x));

/** TensorFlow's `fill_mode`s; "constant" reads where nothing is. */
const extensions: Readonly<Record<string, Extend>> = {
  constant: (x) => x,
  nearest: clamp,
  /** d c b a | a b c d | d c b a: as far from the edge on the other side of it. */
  reflect(x, side) {
    const inPeriod = (((x + 0.5) % (2 * side)) + 2 * side) % (2 * side); // from edge to edge, there and back
    return clamp(Math.min(inPeriod, 2 * side - inPeriod) - 0.5, side);
  },
  /** a b c d | a b c d | a b c d, with the period that TensorFlow's own kernel counts in: side − 1. */
  wrap(x, side) {
    if (side === 1) return 0;
    if (x < 0) return clamp(x + side * (Math.floor(-x / (side - 1)) + 1), side);
    return x <= side - 1 ? x : clamp(x - side * Math.floor(x / (side - 1)), side);
  },
};

/** Halves away from 0, as in C. */
const rounded = (x: number): number => Math.sign(x) * Math.floor(Math.abs(x) + 0.5);

/** The pixel, or what fills the image's surroundings. */
const pixel = (image: Numbers, place: Place, fill: number): number =>
  isInside(image.shape, place) ? at(image, place) : fill;

/** Between the four pixels around a point. */
function between(image: Numbers, [b, c]: readonly [number, number], [y, x]: Point, fill: number): number {
  const near = (t: number) => [[Math.floor(t), Math.floor(t) + 1 - t], [Math.floor(t) + 1, t - Math.floor(t)]] as const; // prettier-ignore
  return sum(near(y).flatMap(([i, p]) => near(x).map(([j, q]) => p * q * pixel(image, [b, i, j, c], fill))));
}

/** The pixel at (x, y) is that at ((a x + b y + c) / k, (d x + e y + f) / k), where k = g x + h y + 1. */
const transform: Loop = ({ image, transforms }, attrs) => {
  const [batch, height, width, channels] = image!.shape as [number, number, number, number];
  const { interpolation, fillMode, fillValue, outputShape } = attrs as unknown as tf.TransformAttrs;
  const extend = extensions[fillMode]!;
  return tensorOf([batch, ...(outputShape ?? [height, width]), channels], image!.dtype, ([n, row, column, channel]) => {
    const own = transforms!.shape[0] === 1 ? 0 : n!;
    const [a, b, c, d, e, f, g, h] = Array.from({ length: 8 }, (_, i) => at(transforms!, [own, i])) as [number, number, number, number, number, number, number, number]; // prettier-ignore
    const k = g * column! + h * row! + 1;
    if (k === 0) return fillValue;
    const y = extend((d * column! + e * row! + f) / k, height);
    const x = extend((a * column! + b * row! + c) / k, width);
    if (interpolation === "nearest") return pixel(image!, [n!, rounded(y), rounded(x), channel!], fillValue);
    return between(image!, [n!, channel!], [y, x], fillValue);
  });
};

/**
 * Turned about the center, given in parts of the sides; the nearest pixel. A fourth channel, alpha, is filled with 255.
 */
const rotated: Loop = ({ image }, attrs) => {
  const { radians, fillValue, center } = attrs as unknown as tf.RotateWithOffsetAttrs;
  const [, height, width] = image!.shape as [number, number, number, number];
  const [cx, cy] = (typeof center === "number" ? [center, center] : center).map((part, i) => part * [width, height][i]!) as [number, number]; // prettier-ignore
  const [sin, cos] = [Math.sin(radians), Math.cos(radians)];
  return tensorOf(image!.shape, image!.dtype, ([b, row, column, c]) => {
    const x = Math.round((column! - cx) * cos - (row! - cy) * sin + cx);
    const y = Math.round((column! - cx) * sin + (row! - cy) * cos + cy);
    const fill = typeof fillValue === "number" ? fillValue : c === 3 ? 255 : fillValue[c!]!;
    return pixel(image!, [b!, y, x, c!], fill);
  });
};

/** The pixels at equal steps from corner to corner of each box, given in parts of the image. */
const cropAndResize: Loop = ({ image, boxes, boxInd }, attrs) => {
  const { cropSize, method, extrapolationValue } = attrs as unknown as tf.CropAndResizeAttrs;
  const [, height, width, channels] = image!.shape as [number, number, number, number];
  const placeOf = (i: number, from: number, to: number, steps: number, side: number): number =>
    (side - 1) * (steps === 1 ? (from + to) / 2 : (from * (steps - 1 - i) + to * i) / (steps - 1));
  return tensorOf([boxes!.shape[0]!, ...cropSize, channels], "float32", ([box, i, j, c]) => {
    const [top, left, bottom, right] = [0, 1, 2, 3].map((corner) => at(boxes!, [box!, corner])) as [number, number, number, number]; // prettier-ignore
    const y = placeOf(i!, top, bottom, cropSize[0], height);
    const x = placeOf(j!, left, right, cropSize[1], width);
    if (!(y >= 0 && y <= height - 1 && x >= 0 && x <= width - 1)) return extrapolationValue;
    const b = at(boxInd!, [box!]);
    return method === "nearest" ? at(image!, [b, rounded(y), rounded(x), c!]) : between(image!, [b, c!], [y, x], 0);
  });
};

export const warpLoops: Readonly<Record<string, Loop>> = {
  [tf.Transform]: transform,
  [tf.RotateWithOffset]: rotated,
  [tf.CropAndResize]: cropAndResize,
};
