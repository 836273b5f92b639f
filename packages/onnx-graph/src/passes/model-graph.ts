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

/** The nodes on which `outputs` depend, in order. */
export function needed(nodes: readonly Node[], outputs: readonly Value[]): Node[] {
  const wanted = new Set<Value | undefined>(outputs);
  const kept: Node[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((output) => wanted.has(output))) continue;
    kept.push(node);
    for (const input of node.inputs) wanted.add(input);
  }
  return kept.reverse();
}

/** The graph without nodes and constants on which no output depends. Inputs stay. */
export function prune(graph: ModelGraph): ModelGraph {
  const nodes = needed(graph.nodes, graph.outputs);
  const wanted = new Set([...graph.outputs, ...nodes.flatMap(({ inputs }) => inputs)]);
  return { ...graph, initializers: graph.initializers.filter(({ value }) => wanted.has(value)), nodes };
}

/** The numbers of the graph's constants. */
export const constantsOf = ({ initializers }: Pick<ModelGraph, "initializers">): Map<Value, Initializer["data"]> =>
  new Map(initializers.map(({ value, data }) => [value, data]));
