import type { BlockedMap } from "../../graph/blocked-map.js";
import type { Graph } from "../../graph/graph.js";
import { sizeOf, type Value } from "../../graph/types.js";
import { sumAlong } from "../sums.js";
import { domain } from "./reorder.js";
import { unfilled } from "./vectors.js";

/** Sums over the cells of each map, [batch, channels]. */
export function cellSums(g: Graph, map: BlockedMap): Value {
  const factors = map.factors?.();
  const [n, h, w, c] = map.shape;
  const lanes = factors ? products(g, factors) : lanesOf(g, map.value(), h * w);
  const sums = sumAlong(g, lanes, 1);
  return unfilled(g, g.reshape(sums, [n, sizeOf(sums.shape) / n]), c);
}

/** Sums over batch and cells, [channels]. */
export const channelSums = (g: Graph, map: BlockedMap): Value => sumAlong(g, cellSums(g, map), 0);

/** [batch · blocks, cells, channels of a block] */
const lanesOf = (g: Graph, value: Value, cells: number): Value =>
  g.reshape(value, [sizeOf(value.shape) / cells / g.target.block, cells, g.target.block]);

/** Cells that are added one after another: rounding errors of such sums grow with their length. */
const run = 256;

/**
 * Sums of products over runs of cells, [batch · blocks, runs, channels of a block], without the products themselves: a
 * depthwise convolution whose filter is the other map.
 */
function products(g: Graph, maps: readonly [BlockedMap, BlockedMap]): Value {
  const [n, h, w] = maps[0].shape;
  const [x, y] = maps.map((map) => map.value()) as [Value, Value];
  const cells = runOf(h * w);
  const group = sizeOf(x.shape) / cells;
  const inputs = [g.reshape(x, [1, group, cells, 1]), g.reshape(y, [group, 1, cells, 1])];
  const attributes = { domain, group, kernel_shape: [cells, 1] };
  const sums = g.node("Conv", inputs, { shape: [1, group, 1, 1] }, attributes);
  return g.reshape(sums, [(n * x.shape[1]!) / g.target.block, (h * w) / cells, g.target.block]);
}

/** The greatest part of `cells` up to `run` that divides them. */
const runOf = (cells: number): number => {
  for (let side = Math.min(cells, run); side > 1; side--) if (cells % side === 0) return side;
  return 1;
};
