import type { Graph } from "../graph/graph.js";
import { sizeOf, type Value } from "../graph/types.js";
import { matMul } from "./matrix-product.js";

/**
 * Numbers that are added one after another. The rounding errors of such a sum grow with its length: of 2·10⁷ numbers, 2
 * %. So longer axes are added block by block, and the sums of the blocks are added in the same way. It takes no longer.
 */
const block = 256;

/** Sums along one axis of floats, without that axis. */
export function sumAlong(g: Graph, x: Value, axis: number): Value {
  const outer = x.shape.slice(0, axis);
  const inner = x.shape.slice(axis + 1);
  if (x.shape[axis] === 1 && !g.target.portable) return g.reshape(x, [...outer, ...inner]);
  const cube = g.reshape(x, [sizeOf(outer), x.shape[axis]!, sizeOf(inner)]);
  return g.reshape(sumRows(g, cube), [...outer, ...inner]);
}

/**
 * Rows up to which it does take longer: of eight numbers or more, since their product with ones is made in blocks
 * already, and of an axis that no blocks of equal sides divide, whose parts are copied, which costs more than the 10⁻⁵
 * it gains.
 */
const undivided = 16 * block;

/** [outer, rows, inner] → [outer, inner]. */
function sumRows(g: Graph, x: Value): Value {
  const [outer, rows, inner] = x.shape as [number, number, number];
  const side = rowsOfBlocks(rows, block);
  const few = inner >= 8 || (rows % side > 0 && outer > 1) ? undivided : 2 * block;
  if (rows <= few) return sumOnce(g, x);
  const inBlocks = rows - (rows % side);
  const blocks = g.reshape(part(g, x, 0, inBlocks), [(outer * inBlocks) / side, side, inner]);
  const sums = sumRows(g, g.reshape(sumOnce(g, blocks), [outer, inBlocks / side, inner]));
  return inBlocks === rows
    ? sums
    : g.node("Add", [sums, sumOnce(g, part(g, x, inBlocks, rows))], { shape: sums.shape });
}

/** Rows of a block, about `wanted`: so many that none are left over, where that can be. */
export function rowsOfBlocks(rows: number, wanted: number): number {
  for (let side = 2 * wanted; side > wanted / 2; side--) if (rows % side === 0) return side;
  return wanted;
}

/** Rows from `start` to `end`. */
function part(g: Graph, x: Value, start: number, end: number): Value {
  const [outer, rows, inner] = x.shape as [number, number, number];
  if (end - start === rows) return x;
  const shape = [outer, end - start, inner];
  if (outer === 1) return g.run(x, start * inner, shape);
  const bounds = [[start], [end], [1]].map((numbers) => g.constant("int64", numbers));
  return g.node("Slice", [x, ...bounds], { shape });
}

/**
 * Rows below each other are summed as a product with ones: twice as quick as ReduceSum, which threads moreover slow
 * down.
 */
function sumOnce(g: Graph, x: Value): Value {
  const [outer, rows, inner] = x.shape as [number, number, number];
  const shape = [outer, inner];
  if (inner === 1) return g.node("ReduceSum", [g.reshape(x, [outer, rows]), g.constant("int64", [1])], { shape: [outer] }, { keepdims: 0 }); // prettier-ignore
  const ones = g.node("Expand", [g.constant("float32", [1], []), g.constant("int64", [1, rows])], { shape: [1, rows] });
  return g.reshape(matMul(g, ones, outer === 1 ? g.reshape(x, [rows, inner]) : x), shape);
}
