import type { Graph } from "../../graph/graph.js";
import type { Value } from "../../graph/types.js";

/** ONNX Runtime's operators for its blocked layout. */
export const domain = "com.microsoft.nchwc";

export const wholeBlocks = (g: Graph, channels: number): number => roundUp(channels, g.target.block);

const roundUp = (n: number, to: number): number => Math.ceil(n / to) * to;

/** From [batch, height, width, channels] to [batch, channels in whole blocks, height, width]. */
export function reorderInput(g: Graph, x: Value): Value {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const fours = padEnd(g, x, [n, h, w, roundUp(c, 4)]); // ReorderInput takes no others
  return g.node("ReorderInput", [fours], { shape: [n, wholeBlocks(g, c), h, w] }, { domain, channels_last: 1 });
}

/** Back to [batch, height, width, channels]. */
export function reorderOutput(g: Graph, x: Value, channels: number): Value {
  const [n, , h, w] = x.shape as [number, number, number, number];
  return g.node("ReorderOutput", [x], { shape: [n, h, w, channels] }, { domain, channels, channels_last: 1 });
}

/** Zeros after the end of each axis, up to the sides of `shape`. */
export function padEnd(g: Graph, x: Value, shape: readonly number[]): Value {
  const missing = shape.map((side, axis) => side - x.shape[axis]!);
  if (missing.every((n) => n === 0)) return x;
  const pads = g.constant("int64", [...shape.map(() => 0), ...missing]);
  return g.node("Pad", [x, pads], { shape });
}
