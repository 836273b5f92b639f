import type { Graph } from "../graph/graph.js";
import type { Value } from "../graph/types.js";
import { elements } from "./elementwise.js";

/** The bits of an int32, the lowest first. */
const powers = Array.from({ length: 32 }, (_, i) => 2 ** i);

/**
 * The bits that two tensors of int32 share, without the operator that came with set 18: whole numbers of 64 bits are
 * taken apart along a new last axis, and put together again. Shapes broadcast.
 */
export function bitwiseAnd(g: Graph, a: Value, b: Value): Value {
  const e = elements(g);
  const weights = g.constant("int64", powers);
  const bitsOf = (x: Value): Value => {
    const apart = e.cast(g.reshape(x, [...x.shape, 1]), "int64");
    const natural = e("Where", [e("Less", [apart, 0], "bool"), e("Add", [apart, 2 ** 32]), apart], "int64");
    return e("Mod", [e("Div", [natural, weights]), 2]);
  };
  const shared = e("Mul", [e("Mul", [bitsOf(a), bitsOf(b)]), weights]);
  const shape = shared.shape.slice(0, -1);
  const sum = g.node("ReduceSum", [shared, g.constant("int64", [-1])], { shape }, { keepdims: 0 });
  const negative = e("GreaterOrEqual", [sum, 2 ** 31], "bool");
  return e.cast(e("Where", [negative, e("Sub", [sum, 2 ** 32]), sum], "int64"), "int32");
}
