import { graphBuilder, type GraphBuilder, type GraphOptions } from "../graph/builder.js";
import type { Node } from "../graph/graph.js";
import type { Value } from "../graph/types.js";
import { needed } from "./model-graph.js";
import type { Pass } from "./pass.js";

/** A graph, and its values that are to be computed. */
export interface Rebuilt {
  readonly graph: GraphBuilder;
  /** One for each of the old outputs, of as many elements, each made by a node. */
  readonly outputs: readonly Value[];
}

/**
 * The graph again, node by node, with what `outputs` depend on only: each node as the first pass makes it that does, or
 * as it was. Reshapes of reshapes become one, nodes that compute the same become one.
 */
export function rebuild(
  { feeds, initializers, emitted, target }: Pick<GraphBuilder, "feeds" | "initializers" | "emitted" | "target">,
  outputs: readonly Value[],
  passes: readonly Pass[],
  options: GraphOptions,
): Rebuilt {
  const nodes = needed(emitted, outputs);
  const graph = graphBuilder(target, { ...options, shared: true });
  const made = new Map<Value, Value>(); // from old values
  const replaced = new Map<Value, Value>(); // from new values
  const readers = new Map<Value, number>(); // of new values
  const counts = countReaders(nodes, outputs);

  for (const { value, from, start } of feeds) {
    const { type, shape } = value;
    made.set(
      value,
      typeof from === "number" ? graph.input({ type, shape }, from, start) : graph.data(type, from, shape),
    );
  }
  for (const { value, data } of initializers) made.set(value, graph.data(value.type, data, value.shape));

  function mapped(old: Value): Value {
    const value = made.get(old)!;
    const other = replaced.get(graph.stored(value));
    return other ? graph.reshape(other, value.shape) : value;
  }

  function emit(node: Node): readonly Value[] {
    const inputs = node.inputs.map((x) => x && mapped(x));
    if (node.op === "Reshape") return [graph.reshape(inputs[0]!, node.outputs[0]!.shape)];
    const site = {
      graph,
      node,
      inputs,
      uses: (value: Value) => readers.get(graph.stored(value)) ?? 0,
      replace: (value: Value, by: Value) => void replaced.set(graph.stored(value), by),
    };
    for (const pass of passes) {
      const values = pass(site);
      if (values) return values;
    }
    return graph.nodes(node.op, inputs, node.outputs, { ...node.attributes, domain: node.domain });
  }

  for (const node of nodes)
    emit(node).forEach((value, i) => {
      const old = node.outputs[i]!;
      made.set(old, graph.reshape(value, old.shape));
      const stored = graph.stored(value);
      if (node.op !== "Reshape") readers.set(stored, (readers.get(stored) ?? 0) + (counts.get(old) ?? 0));
    });
  const results = outputs.map((old) => computed(graph, mapped(old)));
  return { graph: { ...graph, ...only(graph, results) }, outputs: results };
}

/** An output must come from a node. */
function computed(graph: GraphBuilder, value: Value): Value {
  const stored = graph.stored(value);
  return graph.maker(stored) ? stored : graph.node("Identity", [stored], { shape: stored.shape });
}

/** What `outputs` depend on. */
function only({ feeds, initializers, emitted }: GraphBuilder, outputs: readonly Value[]) {
  const nodes = needed(emitted, outputs);
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const isRead = ({ value }: { readonly value: Value }) => read.has(value);
  return { emitted: nodes, feeds: feeds.filter(isRead), initializers: initializers.filter(isRead) };
}

/** How many nodes and outputs read each value, in whatever shape. */
function countReaders(nodes: readonly Node[], outputs: readonly Value[]): Map<Value, number> {
  const sources = new Map<Value, Value>();
  const counts = new Map<Value, number>();
  const count = (value: Value) => {
    const source = sources.get(value) ?? value;
    counts.set(source, (counts.get(source) ?? 0) + 1);
  };
  for (const { op, inputs, outputs } of nodes)
    if (op === "Reshape") sources.set(outputs[0]!, sources.get(inputs[0]!) ?? inputs[0]!);
    else for (const input of inputs) if (input) count(input);
  outputs.forEach(count);
  return counts;
}
