import { scalarOf, type Pass } from "./pass.js";

/**
 * 1 where x ≤ c, else 0, as floats, for a number c > 0: in place of a comparison and a cast a ramp that falls from 1 to
 * 0 between c and the next float. With c in [2^e, 2^(e + 1)) its slope is 2^(23 − e), and nothing is rounded.
 */
export const stepMask: Pass = ({ graph, node, inputs }) => {
  const compared = node.op === "Cast" && node.outputs[0]!.type === "float32" ? graph.maker(inputs[0]!) : undefined;
  const [x, limit] = compared?.inputs ?? [];
  const c = compared?.op === "LessOrEqual" && x!.type === "float32" ? scalarOf(graph, limit) : undefined;
  if (c === undefined || !(c >= 2 ** -64 && c < 2 ** 64)) return undefined;
  const slope = 2 ** (23 - Math.floor(Math.log2(c)));
  const attributes = { alpha: { float: -slope }, beta: { float: c * slope + 1 } };
  return [graph.node("HardSigmoid", [x], { shape: x!.shape }, attributes)];
};
