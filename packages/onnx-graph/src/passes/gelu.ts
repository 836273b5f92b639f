import type { GraphBuilder } from "../graph/builder.js";
import type { Value } from "../graph/types.js";
import { half } from "./half-erf.js";
import { scalarOf, type Pass } from "./pass.js";

/**
 * x · (1 + erf(x / √2)) / 2 is one node, Gelu, where nobody else reads the factor. A gradient reads it, so that in
 * training erf is not computed twice.
 */
export const gelu: Pass = ({ graph, node, inputs, uses }) => {
  if (node.op !== "Mul") return undefined;
  for (const [x, factor] of [inputs, inputs.toReversed()] as [Value, Value][]) {
    const scaled = uses(factor) === 1 ? erfOf(graph, factor) : undefined;
    const product = scaled && graph.maker(scaled);
    if (product?.op !== "Mul" || scalarOf(graph, product.inputs[1]) !== Math.fround(Math.SQRT1_2)) continue;
    const stored = graph.stored(x);
    if (graph.stored(product.inputs[0]!) !== stored) continue;
    return [graph.node("Gelu", [stored], stored, { domain: "com.microsoft" })];
  }
  return undefined;
};

/** The z of (1 + erf(z)) / 2, as the pass `halfErf` has it. */
function erfOf(graph: GraphBuilder, factor: Value): Value | undefined {
  const ramp = graph.maker(factor);
  const erf = ramp?.op === "HardSigmoid" ? graph.maker(ramp.inputs[0]!) : undefined;
  const isHalf = JSON.stringify(ramp?.attributes) === JSON.stringify(half);
  return isHalf && erf?.op === "Erf" ? erf.inputs[0] : undefined;
}
