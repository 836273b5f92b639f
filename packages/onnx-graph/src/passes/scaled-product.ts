import type { Value } from "../graph/types.js";
import { scalarOf, type Pass } from "./pass.js";

/** A number by which the first matrix of a product is multiplied is a factor of the product. */
export const scaledProduct: Pass = ({ graph, node, inputs, uses }) => {
  if (node.op !== "FusedMatMul" || node.attributes["alpha"] !== undefined) return undefined;
  const [a, b] = inputs as readonly [Value, Value];
  const scaled = graph.maker(a);
  const alpha = scaled?.op === "Mul" && uses(a) === 1 ? scalarOf(graph, scaled.inputs[1]) : undefined;
  if (alpha === undefined) return undefined;
  const [x] = scaled!.inputs as readonly [Value];
  const [out] = node.outputs as readonly [Value];
  const attributes = { ...node.attributes, alpha: { float: alpha }, domain: node.domain };
  return [graph.node(node.op, [graph.reshape(x, a.shape), b], { shape: out.shape }, attributes)];
};
