import type { GraphBuilder } from "../graph/builder.js";
import type { Node } from "../graph/graph.js";
import { sizeOf, type Value } from "../graph/types.js";
import type { Pass } from "./pass.js";

/** A product of matrices and what is added to it, a matrix, or a row to each of its rows, are one node: y = a b + c. */
export const productSum: Pass = ({ graph, node, inputs, uses }) => {
  if (node.op !== "Add" || node.outputs[0]!.type !== "float32") return undefined;
  for (const [y, other] of [inputs, inputs.toReversed()] as [Value, Value][]) {
    const product = graph.maker(y);
    const summand = product && isPlain(product) && uses(y) === 1 ? summandOf(graph, other, y, product) : undefined;
    if (!summand) continue;
    const { transA, transB } = product!.attributes;
    const [a, b] = product!.inputs;
    return [graph.node("Gemm", [a, b, summand], { shape: product!.outputs[0]!.shape }, { transA, transB })];
  }
  return undefined;
};

/** Whether a node multiplies two matrices, and nothing else. */
const isPlain = ({ op, inputs, attributes }: Node): boolean =>
  (op === "MatMul" || (op === "FusedMatMul" && attributes["alpha"] === undefined)) &&
  inputs.every((x) => x!.shape.length === 2);

/** What `x`, added to the product read as `y`, adds to it: [rows, columns], or the row [columns]. */
function summandOf(graph: GraphBuilder, x: Value, y: Value, product: Node): Value | undefined {
  const { shape } = product.outputs[0]!;
  const isRow = x.shape.slice(0, -1).every((side) => side === 1) && x.shape.at(-1) === y.shape.at(-1);
  const row = isRow ? (repeatedBy(graph, x) ?? x) : undefined; // for several rows at once it may be there several times
  if (row && sizeOf(row.shape) === shape[1]) return graph.reshape(row, [shape[1]]);
  return x.shape.join() === y.shape.join() ? graph.reshape(x, shape) : undefined;
}

/** What an Expand of [1, columns] to [times, columns] repeats. */
function repeatedBy(graph: GraphBuilder, x: Value): Value | undefined {
  const maker = graph.maker(x);
  if (maker?.op !== "Expand") return undefined;
  const [[of], [out]] = [maker.inputs, maker.outputs] as [readonly Value[], readonly Value[]];
  const isRow = of!.shape.length === 2 && out!.shape.length === 2 && of!.shape[0] === 1;
  return isRow && of!.shape[1] === out!.shape[1] ? of : undefined;
}
