import type * as tf from "@tensorflow/tfjs-core";
import { requireCounts } from "../checks.js";

/** Side of a square window, or [height, width]. */
export type WindowSize = number | readonly [number, number];

/**
 * What surrounds a map before a window slides over it: `same` pads so that stride 1 keeps the size, putting an odd cell
 * at the bottom and right (TensorFlow's rule); `valid` pads nothing; a number is that many cells on every side (PyTorch's
 * rule). With a number p, a side n becomes floor((n + 2p − dilation · (kernel − 1) − 1) / stride) + 1.
 */
export type Padding = "same" | "valid" | number;

/** [height, width] of a window. */
export const windowOf = (size: WindowSize): [number, number] =>
  typeof size === "number" ? [size, size] : [size[0], size[1]];

/** Padding as tfjs takes it. Always spelt out: its own number form is wrong for windows that are not square. */
export const paddingOf = (padding: Padding): "same" | "valid" | tf.backend_util.ExplicitPadding =>
  typeof padding === "number"
    ? [
        [0, 0],
        [padding, padding],
        [padding, padding],
        [0, 0],
      ]
    : padding;

/** Refuses windows that cannot slide. @throws RangeError that names the caller and the argument */
export function requireWindow(who: string, window: WindowSize, padding: Padding, steps: Record<string, number>): void {
  const [height, width] = windowOf(window);
  requireCounts(who, { "kernel height": height, "kernel width": width, ...steps });
  if (typeof padding === "number") requireCounts(who, { padding }, 0);
  else if (padding !== "same" && padding !== "valid")
    throw new RangeError(`${who}: \`padding\` must be "same", "valid" or a whole number, got ${String(padding)}.`);
  if ((steps["stride"] ?? 1) > 1 && (steps["dilation"] ?? 1) > 1)
    throw new RangeError(
      `${who}: either \`stride\` or \`dilation\` must be 1, got ${steps["stride"]} and ${steps["dilation"]}.`,
    );
}
