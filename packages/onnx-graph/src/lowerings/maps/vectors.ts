import type { Graph } from "../../graph/graph.js";
import { sizeOf, type Value } from "../../graph/types.js";
import { padEnd, wholeBlocks } from "./reorder.js";

/*
 * Numbers of each channel of a map: [channels], filled up with zeros to whole blocks.
 */

/** From one number, or one for each channel. */
export function vectorFrom(g: Graph, x: Value, channels: number): Value {
  const row = sizeOf(x.shape) === 1 ? repeated(g, x, channels) : g.reshape(x, [channels]);
  return padEnd(g, row, [wholeBlocks(g, channels)]);
}

function repeated(g: Graph, x: Value, channels: number): Value {
  return g.node("Expand", [g.reshape(x, [1]), g.constant("int64", [channels])], { shape: [channels] });
}

/** [channels], without what fills the last block up. */
export function unfilled(g: Graph, x: Value, channels: number): Value {
  const [outer, inner] = [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1)!];
  if (inner === channels) return x;
  const bounds = [[0], [channels], [1]].map((numbers) => g.constant("int64", numbers));
  const cut = g.node("Slice", [g.reshape(x, [outer, inner]), ...bounds], { shape: [outer, channels] });
  return g.reshape(cut, [...x.shape.slice(0, -1), channels]);
}

/** Product and sum, of which either may be left out: a factor of one, a summand of zero. */
export const times = (g: Graph, a: Value | undefined, b: Value | undefined): Value | undefined =>
  a && b ? g.node("Mul", [a, b], { shape: a.shape }) : (a ?? b);

export const plus = (g: Graph, a: Value | undefined, b: Value | undefined): Value | undefined =>
  a && b ? g.node("Add", [a, b], { shape: a.shape }) : (a ?? b);

export const negative = (g: Graph, x: Value): Value => g.node("Neg", [x], { shape: x.shape });

/** One number, `value`, for each channel. */
export const vectorOf = (g: Graph, value: number, channels: number): Value =>
  vectorFrom(g, g.constant("float32", [value]), channels);
