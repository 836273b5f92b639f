import { sizeOf, type Value } from "../graph/types.js";
import type { Pass } from "./pass.js";

/** Operators that compute each element of the output from the elements at its place. */
const elementwise: ReadonlySet<string> = new Set([
  "Abs", "Add", "Cast", "Clip", "Div", "Equal", "Erf", "Exp", "Greater", "GreaterOrEqual", "HardSigmoid", "LeakyRelu",
  "Less", "LessOrEqual", "Log", "Max", "Min", "Mul", "Neg", "Not", "Pow", "Reciprocal", "Relu", "Sqrt", "Sub", "Tanh",
  "Where",
]); // prettier-ignore

/**
 * Elements one by one in the shape in which they lie: a Reshape before the node, and one after it, is not needed where
 * all inputs have the same shape, or are single numbers.
 */
export const flatElements: Pass = ({ graph, node, inputs }) => {
  const { op, domain, attributes, outputs } = node;
  if (!elementwise.has(op) || domain !== "") return undefined;
  const [out] = outputs as readonly [Value];
  const size = sizeOf(out.shape);
  const present = inputs as readonly Value[];
  const full = present.filter(({ shape }) => shape.join() === out.shape.join());
  const rest = present.filter((x) => !full.includes(x));
  if (full.length === 0 || !rest.every(({ shape }) => sizeOf(shape) === 1)) return undefined;
  const { shape } = graph.stored(full.find((x) => graph.maker(x)) ?? full[0]!);
  const moved = present.map((x) => (full.includes(x) ? graph.reshape(x, shape) : x));
  if (size === 1 && rest.length > 0) return undefined; // which of them is the larger does not show
  return [graph.node(op, moved, { type: out.type, shape }, attributes)];
};
