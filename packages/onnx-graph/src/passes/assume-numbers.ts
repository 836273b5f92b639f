import type { Node } from "../graph/graph.js";
import type { Value } from "../graph/types.js";
import { constantsOf, prune, type ModelGraph } from "./model-graph.js";

/** What `MaxPool` in a lowering is compared with. */
const lowest = Math.fround(-3.4028234663852886e38);

/**
 * The graph without the nodes by which maxima treat NaN, and windows of nothing but −∞, as TensorFlow.js does:
 * `Where(IsNaN(x), −∞, x)` is x, and so on. Right for numbers; NaN goes where the runtime lets it go.
 */
export function assumeNumbers(graph: ModelGraph): ModelGraph {
  const constants = constantsOf(graph);
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const same = new Map<Value, Value>();
  const itself = (x: Value): Value => same.get(x) ?? x;
  const isNumber = (x: Value | undefined, number: number) => {
    const data = x && constants.get(x);
    return data?.length === 1 && Object.is(Number(data[0]), number);
  };
  const kept = (node: Node): Value | undefined => {
    const [condition, yes, no] = node.inputs;
    const test = node.op === "Where" ? makers.get(condition!) : undefined;
    if (test?.op === "IsNaN" && isNumber(yes, -Infinity) && itself(no!) === itself(test.inputs[0]!)) return no;
    if (test?.op === "IsNaN" && isNumber(yes, NaN)) return no;
    if (test?.op === "Greater" && isNumber(test.inputs[1], lowest) && isNumber(no, -Infinity)) return yes;
    return undefined;
  };
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const x = kept(node);
    if (x && !graph.outputs.includes(node.outputs[0]!)) same.set(node.outputs[0]!, itself(x));
    else nodes.push({ ...node, inputs: node.inputs.map((input) => input && itself(input)) });
  }
  return prune({ ...graph, nodes });
}
