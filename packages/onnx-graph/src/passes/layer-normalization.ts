import type { GraphBuilder } from "../graph/builder.js";
import type { Value } from "../graph/types.js";
import { scalarOf, type Pass } from "./pass.js";

/** The inputs of the node of an operator that computes `x`; undefined for another operator's. */
const madeBy = (graph: GraphBuilder, op: string, x: Value | undefined): readonly (Value | undefined)[] | undefined => {
  const maker = x && graph.maker(x);
  return maker?.op === op ? maker.inputs : undefined;
};

/**
 * x · 1 / √(mean(x²) + ε) along the last axis of rows whose mean is 0 is LayerNormalization, which also gives the
 * factor 1 / √…, read by the gradient. The rows are still centred before: ONNX Runtime takes the variance from the
 * difference of two sums, which loses all digits where the mean is large.
 */
export const layerNormalization: Pass = ({ graph, node, inputs, replace }) => {
  if (node.op !== "Mul") return undefined;
  for (const [x, inverse] of [inputs, inputs.toReversed()] as [Value, Value][]) {
    const epsilon = x.shape.length === 2 ? epsilonOf(graph, x, inverse) : undefined;
    if (epsilon === undefined) continue;
    const [rows, columns] = x.shape as [number, number];
    const ones = graph.data("float32", new Float32Array(columns).fill(1), [columns]);
    const outs = [x.shape, [rows, 1], [rows, 1]].map((shape) => ({ shape }));
    const [y, , factor] = graph.nodes("LayerNormalization", [x, ones, undefined], outs, {
      axis: -1,
      epsilon: { float: epsilon },
    });
    replace(inverse, factor!);
    return [y!];
  }
  return undefined;
};

/** The ε of an `inverse` that is 1 / √(mean(x²) + ε) of each row of `x`, if it is that, and if `x` is centred. */
function epsilonOf(graph: GraphBuilder, x: Value, inverse: Value): number | undefined {
  const [rows, columns] = x.shape as [number, number];
  if (inverse.shape.join() !== `${rows},1`) return undefined;
  const [root] = madeBy(graph, "Reciprocal", inverse) ?? [];
  const [sum] = madeBy(graph, "Sqrt", root) ?? [];
  const [variance, epsilon] = madeBy(graph, "Add", sum) ?? [];
  const square = meanOf(graph, variance, columns);
  const factors = madeBy(graph, "Mul", square);
  const isSquare = factors?.every((factor) => graph.stored(factor!) === graph.stored(x));
  const [, mean] = madeBy(graph, "Sub", x) ?? [];
  const isCentred = meanOf(graph, mean, columns) !== undefined;
  return isSquare && isCentred ? scalarOf(graph, epsilon) : undefined;
}

/** What `mean` is the mean of along rows of so many columns. */
function meanOf(graph: GraphBuilder, mean: Value | undefined, columns: number): Value | undefined {
  const [sum, count] = madeBy(graph, "Div", mean) ?? [];
  return scalarOf(graph, count) === columns ? madeBy(graph, "ReduceSum", sum)?.[0] : undefined;
}
