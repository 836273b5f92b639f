import type { Attrs } from "./elementwise.js";
import { isInside, placesOf, type Place } from "./numbers.js";

/** What moves over a map; one number for each of its axes. */
export interface Window {
  readonly kernel: Place;
  readonly strides: Place;
  readonly dilations: Place;
  /** Cells before the map. */
  readonly before: Place;
  /** Places of the window. */
  readonly output: Place;
}

/** One number for each axis; a single one is for all. */
const each = (n: unknown, axes: number): Place => (typeof n === "number" ? Array<number>(axes).fill(n) : (n as Place | undefined | null) ?? each(1, axes)); // prettier-ignore

/**
 * Padding and output size as TensorFlow defines them for "same", "valid" and padding that is spelled out. Rounded up,
 * there is one more place, at which the window reaches past the padding, over nothing.
 */
export function windowOf(
  input: Place,
  size: unknown,
  steps: unknown,
  { pad, dilations: apart, dimRoundingMode }: Attrs,
): Window {
  const [kernel, strides, dilations] = [size, steps, apart].map((n) => each(n, input.length)) as [Place, Place, Place];
  const reach = (i: number) => (kernel[i]! - 1) * dilations[i]! + 1;
  const round = Math[(dimRoundingMode as "floor" | "ceil" | "round" | undefined) ?? "floor"];
  const sizes = input.map((side, i): [before: number, output: number] => {
    if (pad === "same") {
      const output = Math.ceil(side / strides[i]!);
      return [Math.floor(Math.max(0, (output - 1) * strides[i]! + reach(i) - side) / 2), output];
    }
    const [before, after] = pad === "valid" ? [0, 0] : typeof pad === "number" ? [pad, pad] : (pad as Place[])[i + 1]!;
    return [before!, round((side + before! + after! - reach(i)) / strides[i]! + 1)];
  });
  return { kernel, strides, dilations, before: sizes.map(([n]) => n), output: sizes.map(([, n]) => n) };
}

/** The cells of the map on which the cells of the window at a place lie, those outside the map left out. */
export function cellsAt(
  { kernel, strides, dilations, before }: Window,
  input: Place,
  place: Place,
): { cell: Place; on: Place }[] {
  return placesOf(kernel)
    .map((cell) => ({ cell, on: cell.map((at, i) => place[i]! * strides[i]! + at * dilations[i]! - before[i]!) }))
    .filter(({ on }) => isInside(input, on));
}
