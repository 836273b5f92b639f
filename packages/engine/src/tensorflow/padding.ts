import * as tf from "@tensorflow/tfjs-core";
import type { Attrs } from "../kernels/put-kernel.js";

/** Zeros [before, after] each of batch, height, width, channels. */
export type Pads = [[number, number], [number, number], [number, number], [number, number]];

/**
 * The padding of a convolution or pooling, where it is spelled out or one number; nothing for "same" and "valid", and
 * where sizes are rounded otherwise than "valid" rounds them.
 */
export function spelledOut({ pad, dimRoundingMode = "floor" }: Attrs): Pads | undefined {
  if (typeof pad === "string" || dimRoundingMode !== "floor") return undefined;
  if (typeof pad === "number") return [[0, 0], [pad, pad], [pad, pad], [0, 0]]; // prettier-ignore
  return pad as Pads;
}

export const padded = (x: tf.Tensor, pads: Pads, value = 0): tf.Tensor4D => tf.pad(x as tf.Tensor4D, pads, value);

export const paddedShape = (shape: readonly number[], pads: Pads): number[] =>
  shape.map((size, axis) => pads[axis]![0] + size + pads[axis]![1]);

/** The inverse of `padded`: what lies within the padding. */
export const unpadded = (x: tf.Tensor, pads: Pads, shape: readonly number[]): tf.Tensor =>
  tf.slice(x, pads.map(([before]) => before), [...shape]); // prettier-ignore
