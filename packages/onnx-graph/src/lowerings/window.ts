import type { backend_util } from "@tensorflow/tfjs-core";
import type { Target } from "../graph/graph.js";

/** How a window moves over a map: pairs are [height, width]. */
export interface Window {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  /** Rows and columns before the map. */
  readonly before: Pair;
  /** Rows and columns after it that the windows reach; fewer than none where they do not reach the map's end. */
  readonly after: Pair;
  /** Rows and columns after it that the kernel asks for, whatever the map's size; some may be met by no window. */
  readonly asked?: Pair;
  readonly input: Pair;
  readonly output: Pair;
}

export type Pair = readonly [number, number];

type Info = Pick<
  backend_util.Conv2DInfo,
  | "filterHeight" | "filterWidth" | "strideHeight" | "strideWidth" | "dilationHeight" | "dilationWidth"
  | "padInfo" | "inHeight" | "inWidth" | "outHeight" | "outWidth"
>; // prettier-ignore

/**
 * Undefined where tfjs lets the windows end before the map does though another one would fit, as it does for a number
 * as padding of an oblong window: ONNX knows no such window.
 */
export function windowOf(info: Info): Window | undefined {
  const kernel: Pair = [info.filterHeight, info.filterWidth];
  const strides: Pair = [info.strideHeight, info.strideWidth];
  const dilations: Pair = [info.dilationHeight, info.dilationWidth];
  const before: Pair = [info.padInfo.top, info.padInfo.left];
  const input: Pair = [info.inHeight, info.inWidth];
  const output: Pair = [info.outHeight, info.outWidth];
  const after = both((i) => (output[i] - 1) * strides[i] + dilations[i] * (kernel[i] - 1) + 1 - before[i] - input[i]);
  const fits = both((i) => strides[i] + after[i]).every((n) => n > 0);
  const asked: Pair = [info.padInfo.bottom, info.padInfo.right];
  return fits ? { kernel, strides, dilations, before, after, asked, input, output } : undefined;
}

export const both = (f: (axis: 0 | 1) => number): Pair => [f(0), f(1)];

/** Pads as ONNX has them; windows that end before the map does leave the rest of it unread. */
export const padsOf = ({ before, after }: Window): readonly number[] => [
  ...before,
  ...both((i) => Math.max(0, after[i])),
];

/** Pads as ONNX has them: those of a portable graph do not depend on the size of the map where the kernel does not. */
export function padsFor({ portable }: Target, window: Window): readonly number[] {
  const { kernel, strides, dilations, before, asked, input, output } = window;
  if (!portable || !asked) return padsOf(window);
  const isSame = both((i) => {
    const reach = input[i] + before[i] + asked[i] - dilations[i] * (kernel[i] - 1) - 1;
    const pads = asked[i] < kernel[i]; // ONNX pools no zeros alone
    return Number(pads && Math.floor(reach / strides[i]) + 1 === output[i]);
  });
  return isSame.every(Boolean) ? [...before, ...asked] : padsOf(window);
}

/** Whether every window is one cell, each cell its own. */
export const isPointwise = ({ kernel, strides, before, after }: Window): boolean =>
  [...kernel, ...strides].every((n) => n === 1) && [...before, ...after].every((n) => n === 0);
