import { requireCounts } from "../checks.js";
import { ShapeError } from "../shapes.js";

/** Side of a square window, or [height, width]. */
export type WindowSize = number | readonly [number, number];

/**
 * What surrounds a map before a window slides over it: `same` pads so that stride 1 keeps the size, putting an odd cell
 * at the bottom and right (TensorFlow's rule); `valid` pads nothing; a number is that many cells on every side
 * (PyTorch's rule). With a number p, a side n becomes floor((n + 2p − dilation · (kernel − 1) − 1) / stride) + 1.
 */
export type Padding = "same" | "valid" | number;

/** [height, width] of a window. */
export const windowOf = (size: WindowSize): [number, number] =>
  typeof size === "number" ? [size, size] : [size[0], size[1]];

type Pair = [before: number, after: number];
type Cells = [batch: Pair, height: Pair, width: Pair, channels: Pair];

/** Padding for a tfjs kernel. Numbers are spelt out, because tfjs' own number form is wrong for oblong windows. */
export function nativePadding(padding: Padding): "same" | "valid" | Cells {
  if (typeof padding === "string") return padding;
  const both: Pair = [padding, padding];
  return [[0, 0], both, both, [0, 0]];
}

/** The same as cells to add by `tf.pad`, for where no kernel pads right. */
export function cellsAround(
  padding: Padding,
  [height, width]: readonly [number, number],
  [kernelHeight, kernelWidth]: readonly [number, number],
  { strides: [down, right] = [1, 1], dilation = 1 }: { strides?: readonly [number, number]; dilation?: number },
): Cells {
  const rows = padSide(padding, height, (kernelHeight - 1) * dilation + 1, down);
  const columns = padSide(padding, width, (kernelWidth - 1) * dilation + 1, right);
  return [[0, 0], rows, columns, [0, 0]];
}

function padSide(padding: Padding, side: number, reach: number, stride: number): Pair {
  if (padding === "valid") return [0, 0];
  if (padding !== "same") return [padding, padding];
  const missing = Math.max(0, (Math.ceil(side / stride) - 1) * stride + reach - side);
  return [Math.floor(missing / 2), Math.ceil(missing / 2)];
}

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

/**
 * Refuses maps that a window does not fit into: there would be no output, and kernels do not survive that (wasm's
 * corrupts its memory).
 *
 * @param shape - [batch, height, width, channels]
 * @throws ShapeError that names the caller, the sides and the window
 */
export function requireFit(
  who: string,
  shape: readonly number[],
  window: readonly [number, number],
  { padding, dilation = 1 }: { readonly padding: Padding; readonly dilation?: number },
): void {
  if (padding === "same") return;
  const around = padding === "valid" ? 0 : 2 * padding;
  const reach = window.map((side) => (side - 1) * dilation + 1) as [number, number];
  if (shape[1]! + around >= reach[0] && shape[2]! + around >= reach[1]) return;
  throw new ShapeError(
    `${who}: expected \`x\` with sides of at least the window's ${reach.join(" × ")} cells, padding included, got [${shape.join(", ")}].`,
  );
}
