import type { Graph } from "../graph/graph.js";
import type { Value } from "../graph/types.js";
import { matMul } from "./matrix-product.js";
import { rowsOfBlocks, sumAlong } from "./sums.js";

/**
 * Rows of a block. Longer products are made block by block, and these are added: the rounding errors of one long sum
 * grow with its length. It takes no longer with one thread, and half as long with two, since blocks are shared out
 * among them.
 */
const block = 1024;

/**
 * Rows of a block. Large results have longer blocks: all of them take no more than a quarter of the memory of the
 * operands. A single number has shorter ones: ONNX Runtime adds its products one after another.
 */
const blockFor = (m: number, n: number): number =>
  m * n === 1 ? block / 4 : Math.max(block, Math.ceil((4 * m * n) / (m + n)));

/** aᵀ b, of a [inner, m] and b [inner, n]. */
export function transposedProduct(g: Graph, a: Value, b: Value): Value {
  const [inner, m] = a.shape as [number, number];
  const n = b.shape[1]!;
  const wanted = blockFor(m, n);
  if (inner < 2 * wanted) return matMul(g, a, b, { transposeA: true });
  const rows = rowsOfBlocks(inner, wanted);
  const inBlocks = inner - (inner % rows);
  const count = inBlocks / rows;
  const parts = matMul(g, g.run(a, 0, [count, rows, m]), g.run(b, 0, [count, rows, n]), { transposeA: true });
  const sum = sumAlong(g, parts, 0);
  if (inBlocks === inner) return sum;
  const rest = inner - inBlocks;
  const last = matMul(g, g.run(a, inBlocks * m, [rest, m]), g.run(b, inBlocks * n, [rest, n]), { transposeA: true });
  return g.node("Add", [sum, last], sum);
}
