import { scalarOf, type Pass } from "./pass.js";

/** (1 + erf(x)) / 2, as in GELU: a ramp, since erf is in [−1, 1]. One pass over the numbers, not two. */
export const halfErf: Pass = ({ graph, node, inputs }) => {
  if (node.op !== "Mul" || scalarOf(graph, inputs[1]) !== 0.5) return undefined;
  const sum = graph.maker(inputs[0]!);
  const erf = sum?.op === "Add" && scalarOf(graph, sum.inputs[1]) === 1 ? sum.inputs[0]! : undefined;
  if (!erf || graph.maker(erf)?.op !== "Erf") return undefined;
  return [graph.node("HardSigmoid", [erf], { shape: erf.shape }, half)];
};

/** The ramp (1 + x) / 2. */
export const half = { alpha: { float: 0.5 }, beta: { float: 0.5 } };
