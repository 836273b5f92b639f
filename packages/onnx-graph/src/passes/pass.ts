import type { GraphBuilder } from "../graph/builder.js";
import type { Node } from "../graph/graph.js";
import type { Value } from "../graph/types.js";

/** Where a pass stands: a node of the old graph that is to be made in the new one. */
export interface Site {
  /** The new graph. It has all that the node depends on. */
  readonly graph: GraphBuilder;
  /** The node, as it was. */
  readonly node: Node;
  /** The node's inputs in the new graph. */
  readonly inputs: readonly (Value | undefined)[];
  /** How many nodes of the old graph, reshapes apart, and outputs read what has become of `value`. */
  uses(value: Value): number;
  /** Lets all later nodes read `by` where they would read `value`, of as many elements. */
  replace(value: Value, by: Value): void;
}

/** Computes the outputs of a node in another way; undefined where it has none. The outputs may have other shapes. */
export type Pass = (site: Site) => readonly Value[] | undefined;

/** The one number of a constant; undefined for other values. */
export function scalarOf(graph: GraphBuilder, x: Value | undefined): number | undefined {
  const numbers = x && graph.numbers(x);
  return numbers?.length === 1 ? Number(numbers[0]) : undefined;
}
