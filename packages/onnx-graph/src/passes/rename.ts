import type { Node } from "../graph/graph.js";
import type { Value } from "../graph/types.js";
import type { ModelGraph } from "./model-graph.js";

/**
 * The graph with names that people can read: what `names` has keeps that name, and other values are called after the
 * node that makes them, such as `Conv_3`. Nodes get the same names.
 *
 * @throws Error for a name that two values are to have
 */
export function rename(graph: ModelGraph, names: ReadonlyMap<Value, string>): ModelGraph {
  const taken = new Set<string>();
  const renamed = new Map<Value, Value>();

  function give(value: Value, wanted: string, isFree: boolean): void {
    if (renamed.has(value)) return;
    let name = wanted;
    for (let i = 1; taken.has(name); i++) {
      if (!isFree) throw new Error(`rename: expected names that differ, got \`${wanted}\` twice.`);
      name = `${wanted}_${i}`;
    }
    taken.add(name);
    renamed.set(value, { ...value, name });
  }

  const values = [
    ...graph.inputs,
    ...graph.outputs,
    ...graph.initializers.map(({ value }) => value),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ];
  for (const value of values) if (names.has(value)) give(value, names.get(value)!, false);
  for (const { value } of graph.initializers) give(value, "constant", true);
  const counts = new Map<string, number>();
  const nodes = graph.nodes.map((node): Node => {
    const number = counts.get(node.op) ?? 0;
    counts.set(node.op, number + 1);
    const name = `${node.op}_${number}`;
    node.outputs.forEach((value, i) => give(value, i === 0 ? name : `${name}_${i}`, true));
    return { ...node, name };
  });
  const now = (value: Value): Value => renamed.get(value) ?? value;
  return {
    inputs: graph.inputs.map(now),
    initializers: graph.initializers.map(({ value, data }) => ({ value: now(value), data })),
    nodes: nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((x) => x && now(x)),
      outputs: node.outputs.map(now),
    })),
    outputs: graph.outputs.map(now),
  };
}
