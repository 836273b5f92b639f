import type { Initializer } from "../graph/sources.js";
import type { Node } from "../graph/graph.js";
import type { Value } from "../graph/types.js";

/** A whole graph: what passes take and give. */
export interface ModelGraph {
  readonly inputs: readonly Value[];
  readonly initializers: readonly Initializer[];
  /** In an order in which each reads only what is there before it. */
  readonly nodes: readonly Node[];
  readonly outputs: readonly Value[];
}

/** The graph without nodes and constants on which no output depends. Inputs stay. */
export function prune(graph: ModelGraph): ModelGraph {
  const wanted = new Set<Value | undefined>(graph.outputs);
  const nodes = graph.nodes.toReversed().filter(({ outputs, inputs }) => {
    const isNeeded = outputs.some((output) => wanted.has(output));
    if (isNeeded) for (const input of inputs) wanted.add(input);
    return isNeeded;
  });
  const initializers = graph.initializers.filter(({ value }) => wanted.has(value));
  return { ...graph, initializers, nodes: nodes.reverse() };
}

/** The numbers of the graph's constants. */
export const constantsOf = ({ initializers }: Pick<ModelGraph, "initializers">): Map<Value, Initializer["data"]> =>
  new Map(initializers.map(({ value, data }) => [value, data]));
