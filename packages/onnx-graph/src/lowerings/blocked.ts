import type { Graph, NodeAttributes } from "../graph/graph.js";
import type { Value } from "../graph/types.js";

/*
 * ONNX Runtime's fastest convolutions read maps whose channels lie in blocks of as many as a vector register holds
 * (NCHWc: [batch, channels / block, height, width, block]). Its optimizer uses them for networks with constant filters;
 * filters in training are not constant, so the nodes are emitted here. Blocked values tell their shape as
 * [batch, channels, height, width], channels filled up with zeros to full blocks.
 */
const domain = "com.microsoft.nchwc";

export const wholeBlocks = (g: Graph, channels: number): number => roundUp(channels, g.target.block);

const roundUp = (n: number, to: number): number => Math.ceil(n / to) * to;

/** From [batch, height, width, channels]. */
export function toBlocks(g: Graph, x: Value): Value {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const fours = padEnd(g, x, [n, h, w, Math.ceil(c / 4) * 4]); // ReorderInput takes no others
  return g.node("ReorderInput", [fours], { shape: [n, wholeBlocks(g, c), h, w] }, { domain, channels_last: 1 });
}

/** Back to [batch, height, width, channels]. */
export function fromBlocks(g: Graph, x: Value, channels: number): Value {
  const [n, , h, w] = x.shape as [number, number, number, number];
  return g.node("ReorderOutput", [x], { shape: [n, h, w, channels] }, { domain, channels, channels_last: 1 });
}

/** A node that reads and writes blocked values. */
export const blocked = (
  g: Graph,
  op: "Conv" | "MaxPool" | "AveragePool",
  inputs: readonly (Value | undefined)[],
  shape: readonly number[],
  attributes: NodeAttributes,
): Value => g.node(op, inputs, { shape }, { ...attributes, domain });

/** A filter [height, width, in, out] → [out / block, in / block, height, width, in of a block, out of a block]. */
export function filterInBlocks(g: Graph, filter: Value): Value {
  const [kh, kw, c, o] = filter.shape as [number, number, number, number];
  const [ins, outs] = [wholeBlocks(g, c), wholeBlocks(g, o)];
  const full = padEnd(g, filter, [kh, kw, ins, outs]);
  const { block: b } = g.target;
  const [i, j] = [ins / b, outs / b];
  const cut = g.reshape(full, [kh, kw, i, b, j, b]);
  const blocks = g.node("Transpose", [cut], { shape: [j, i, kh, kw, b, b] }, { perm: [4, 2, 0, 1, 3, 5] });
  return g.reshape(blocks, [outs, ins, kh, kw]);
}

/** A depthwise filter [height, width, channels] → [channels / block, height, width, channel of a block]. */
export function depthwiseFilterInBlocks(g: Graph, filter: Value): Value {
  const [kh, kw, c] = filter.shape as [number, number, number];
  const { block } = g.target;
  const channels = wholeBlocks(g, c);
  const rows = [channels / block, kh * kw, block] as const;
  const cut = g.reshape(padEnd(g, filter, [kh, kw, channels]), [rows[1], rows[0], block]);
  const blocks = g.node("Transpose", [cut], { shape: rows }, { perm: [1, 0, 2] });
  return g.reshape(blocks, [channels, 1, kh, kw]);
}

/** Zeros after the end of each axis, up to the sides of `shape`. */
export function padEnd(g: Graph, x: Value, shape: readonly number[]): Value {
  const missing = shape.map((side, axis) => side - x.shape[axis]!);
  if (missing.every((n) => n === 0)) return x;
  const pads = g.constant("int64", [...shape.map(() => 0), ...missing]);
  return g.node("Pad", [x, pads], { shape });
}
