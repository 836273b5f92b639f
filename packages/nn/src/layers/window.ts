import { requireCounts } from "../checks.js";
import { ShapeError } from "../shapes.js";

/** The size of a window: one number for a square, or [height, width]. */
export type WindowSize = number | readonly [number, number];

/**
 * The zeros that are added around a map before a window slides over it. `same`: with stride 1 the size stays; an odd
 * cell is added at the bottom and right, as in TensorFlow. `valid`: none. A number p: p cells at each edge, as in
 * PyTorch; a height or width n becomes floor((n + 2p − dilation · (kernel − 1) − 1) / stride) + 1.
 */
export type Padding = "same" | "valid" | number;

/** The size of a window as [height, width]. */
export const windowOf = (size: WindowSize): [number, number] =>
  typeof size === "number" ? [size, size] : [size[0], size[1]];

/** Cells of padding before and after, along one axis. */
export type Pair = [before: number, after: number];
/** Padding as `tf.pad` and convolutions take it. */
export type PadWidths = [batch: Pair, height: Pair, width: Pair, channels: Pair];

/**
 * Padding as tfjs' kernels take it. Numbers become pairs, because tfjs pads by a number wrongly if windows are not
 * square.
 */
export function nativePadding(padding: Padding): "same" | "valid" | PadWidths {
  if (typeof padding === "string") return padding;
  const both: Pair = [padding, padding];
  return [[0, 0], both, both, [0, 0]];
}

/** Padding in numbers, for kernels that must know how much "same" is, or cannot pad themselves. */
export function explicitPadding(
  padding: Padding,
  [height, width]: readonly [number, number],
  [kernelHeight, kernelWidth]: readonly [number, number],
  { strides: [down, right] = [1, 1], dilation = 1 }: { strides?: readonly [number, number]; dilation?: number },
): PadWidths {
  const rows = padAxis(padding, height, (kernelHeight - 1) * dilation + 1, down);
  const columns = padAxis(padding, width, (kernelWidth - 1) * dilation + 1, right);
  return [[0, 0], rows, columns, [0, 0]];
}

function padAxis(padding: Padding, size: number, reach: number, stride: number): Pair {
  if (padding === "valid") return [0, 0];
  if (padding !== "same") return [padding, padding];
  const missing = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
  return [Math.floor(missing / 2), Math.ceil(missing / 2)];
}

/**
 * Refuses sizes, padding or strides that a window cannot have. @throws RangeError that names the caller and the
 * argument
 */
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
 * Refuses maps that are smaller than a window. There would be no output, and kernels do not check for that: wasm's
 * corrupts its memory.
 *
 * @param shape - [batch, height, width, channels]
 * @throws ShapeError that names the caller, the shape and the size of the window
 */
export function requireFit(
  who: string,
  shape: readonly number[],
  window: readonly [number, number],
  { padding, dilation = 1 }: { readonly padding: Padding; readonly dilation?: number },
): void {
  if (padding === "same") return;
  const around = padding === "valid" ? 0 : 2 * padding;
  const reach = window.map((size) => (size - 1) * dilation + 1) as [number, number];
  if (shape[1]! + around >= reach[0] && shape[2]! + around >= reach[1]) return;
  throw new ShapeError(
    `${who}: expected \`x\` with sides of at least the window's ${reach.join(" × ")} cells, padding included, got [${shape.join(", ")}].`,
  );
}
