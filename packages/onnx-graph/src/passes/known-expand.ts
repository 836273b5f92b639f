import { sizeOf } from "../graph/types.js";
import { scalarOf, type Pass } from "./pass.js";

/** Elements up to which a constant is kept in the model. */
const most = 1 << 14;

/** One number again and again, such as the ones of a sum, is a constant. */
export const knownExpand: Pass = ({ graph, node, inputs }) => {
  const { shape, type } = node.outputs[0]!;
  const value = node.op === "Expand" && type === "float32" ? scalarOf(graph, inputs[0]) : undefined;
  if (value === undefined || sizeOf(shape) > most) return undefined;
  return [graph.data(type, new Float32Array(sizeOf(shape)).fill(value), shape)];
};
