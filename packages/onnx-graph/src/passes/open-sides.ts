import type { Node } from "../graph/graph.js";
import type { Data, Value } from "../graph/types.js";
import { constantsOf, prune, type ModelGraph } from "./model-graph.js";
import { openConstant } from "./open-constant.js";
import { equal, shapeNumbers, type Tuple } from "./shape-numbers.js";

/** How `openSides` names what it refuses. */
export interface OpenSidesOptions {
  /** Says what a node is, such as the kernel and the line that it comes from. Default: its operator. */
  readonly describe?: (node: number) => string;
}

/** One graph that is right for several sizes. */
export interface OpenGraph {
  readonly graph: ModelGraph;
  /** The sides of a value in each of the graphs that it was made of. */
  sidesOf(value: Value): readonly Tuple[];
}

/**
 * One graph of several that do the same for inputs of other sizes. Constants in which they differ are computed from
 * shapes when the model runs, so that it is right for any size.
 *
 * @param graphs - at least two, node by node the same; each size that may be any differs in them, in its own way; the
 *   result has the shapes of the first
 * @throws Error for graphs of other nodes, and for a constant or attribute that follows from no shape
 */
export function openSides(graphs: readonly ModelGraph[], { describe }: OpenSidesOptions = {}): OpenGraph {
  const first = graphs[0]!;
  const constants = graphs.map(constantsOf);
  const kept = new Set<Value>();
  const numbers = shapeNumbers();
  const { nodes, initializers } = numbers;

  const refuse = (at: number, why: string): never => {
    throw new Error(`${describe?.(at) ?? first.nodes[at]!.op} ${why}: the model would be right for one size only.`);
  };

  function read(at: number, values: readonly (Value | undefined)[]): Value | undefined {
    const [value] = values;
    const data = values.map((x, i) => constants[i]!.get(x!));
    if (!value || !data[0]) return value;
    if (!data.every((all, i) => all && equal(values[i]!.shape, value.shape) && sameNumbers(all, data[0]!))) {
      const opened = openConstant(numbers, first.nodes[at]!, { values: values as Value[], data: data as Data[] });
      return opened ?? refuse(at, `reads a constant, ${described(values as Value[])}, that follows from no shape`);
    }
    if (!kept.has(value)) initializers.push({ value, data: data[0] });
    kept.add(value);
    return value;
  }

  function take(node: Node, at: number): void {
    const same = graphs.map((graph) => graph.nodes[at]!);
    if (same.some(({ op, inputs }) => op !== node.op || inputs.length !== node.inputs.length))
      refuse(at, "has other nodes for another size");
    for (const [name, value] of Object.entries(node.attributes))
      if (same.some(({ attributes }) => JSON.stringify(attributes[name]) !== JSON.stringify(value)))
        refuse(at, `has another attribute, \`${name}\`, for another size`);
    const inputs = node.inputs.map((_, k) => read(at, same.map((other) => other.inputs[k]))); // prettier-ignore
    const { allowzero: _, ...attributes } = node.attributes; // no side is 0
    nodes.push({ ...node, inputs, attributes });
    node.outputs.forEach((_, k) => numbers.declare(same.map(({ outputs }) => outputs[k]!)));
  }

  first.inputs.forEach((_, i) => numbers.declare(graphs.map(({ inputs }) => inputs[i]!), true)); // prettier-ignore
  if (graphs.some((graph) => graph.nodes.length !== first.nodes.length)) {
    const at = first.nodes.findIndex(({ op }, i) => graphs.some((graph) => graph.nodes[i]?.op !== op));
    refuse(Math.max(0, at), "has other nodes for another size");
  }
  first.nodes.forEach(take);
  return {
    graph: prune({ ...first, initializers, nodes }),
    sidesOf: (value) => numbers.sidesOf(value) ?? value.shape.map((side) => graphs.map(() => side)),
  };
}

const sameNumbers = (a: Data, b: Data): boolean =>
  a === b || (a.length === b.length && Array.prototype.every.call(a, (n, i) => Object.is(n, b[i])));

const described = (values: readonly Value[]): string =>
  `${values[0]!.type} of shapes ${values.map(({ shape }) => `[${shape.join(", ")}]`).join(" and ")}`;
