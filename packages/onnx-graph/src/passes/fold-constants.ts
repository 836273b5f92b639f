import type { Initializer } from "../graph/sources.js";
import { sizeOf, type Data, type Value } from "../graph/types.js";
import { prune, type ModelGraph } from "./model-graph.js";

/** Nodes that give numbers another order or shape, and nothing else. */
const layouts: ReadonlySet<string> = new Set(["Identity", "Reshape", "Transpose", "Unsqueeze", "Squeeze"]);

/** A constant that was computed, and what of. */
export interface Folded {
  readonly value: Value;
  /** The constants that it was computed of. */
  readonly from: readonly Value[];
  /** Whether it has the numbers of one of them, in another order or shape. */
  readonly isLayout: boolean;
}

/**
 * The graph with everything computed that depends on constants alone, such as filters in ONNX's order. What would take
 * much more memory than it saves stays: a number that is repeated.
 *
 * @param evaluate - runs a graph without inputs, and gives the numbers of its outputs
 */
export function foldConstants(
  given: ModelGraph,
  evaluate: (graph: ModelGraph) => readonly Data[],
): { readonly graph: ModelGraph; readonly folded: readonly Folded[] } {
  const graph = prune(given);
  const known = new Map<Value, Folded>();
  for (const { value } of graph.initializers) known.set(value, { value, from: [value], isLayout: true });
  const isKnown = (x: Value | undefined): boolean => !x || known.has(x);
  const constant = graph.nodes.filter(({ op, inputs, outputs }) => {
    const of = inputs.filter((x) => x !== undefined);
    const size = outputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const before = of.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    if (!inputs.every(isKnown) || outputs.some((x) => graph.outputs.includes(x))) return false;
    if (size > 4096 && size > 2 * before) return false;
    const read = layouts.has(op) ? of.slice(0, 1) : of;
    const from = [...new Set(read.flatMap((x) => known.get(x)!.from))];
    const isLayout = layouts.has(op) && known.get(of[0]!)!.isLayout;
    for (const value of outputs) known.set(value, { value, from, isLayout });
    return true;
  });
  const rest = graph.nodes.filter((node) => !constant.includes(node));
  const made = new Set(constant.flatMap(({ outputs }) => outputs));
  const wanted = [...new Set(rest.flatMap(({ inputs }) => inputs))].filter((x): x is Value => made.has(x!));
  if (wanted.length === 0) return { graph, folded: [] };
  const data = evaluate(prune({ inputs: [], initializers: graph.initializers, nodes: constant, outputs: wanted }));
  const computed: Initializer[] = wanted.map((value, i) => ({ value, data: data[i]! }));
  return {
    graph: prune({ ...graph, initializers: [...graph.initializers, ...computed], nodes: rest }),
    folded: wanted.map((value) => known.get(value)!),
  };
}
