import type { Node } from "../graph/graph.js";
import { sizeOf, type Value } from "../graph/types.js";

/**
 * What is computed of `given` alone, which does not change from run to run, and of constants. `given` is part of it,
 * constants are not.
 *
 * @param nodes - in the order in which they run
 * @param constants - the initializers
 * @param outputs - what each run must make
 */
export function fixedValues(
  nodes: readonly Node[],
  given: ReadonlySet<Value>,
  constants: ReadonlySet<Value>,
  outputs: readonly Value[],
): Set<Value> {
  const fixed = new Set(given);
  const fetched = new Set(outputs);
  for (const node of nodes) {
    const inputs = node.inputs.filter((x) => x !== undefined);
    const isFixed = inputs.every((x) => fixed.has(x) || constants.has(x)) && inputs.some((x) => fixed.has(x));
    if (isFixed && !grows(node) && !node.outputs.some((x) => fetched.has(x)))
      for (const output of node.outputs) fixed.add(output);
  }
  return fixed;
}

/** Elements that are never too many to be kept. */
const few = 1 << 16;

/** Whether a node makes much more than it is given: to keep that would cost more memory than it saves time. */
function grows({ inputs, outputs }: Node): boolean {
  const [most, made] = [inputs, outputs].map((values) => Math.max(0, ...values.map((x) => (x ? sizeOf(x.shape) : 0))));
  return made! > few && made! > 4 * most!;
}

/** Nodes that run once, and those that run each time. */
export interface Phases {
  readonly once: readonly Node[];
  readonly each: readonly Node[];
  /** What is made once and read each time. */
  readonly kept: readonly Value[];
}

/** Takes what is computed of fixed values alone out of the nodes that run each time. */
export function phasesOf(nodes: readonly Node[], fixed: ReadonlySet<Value>): Phases {
  const isOnce = ({ outputs }: Node) => outputs.every((x) => fixed.has(x));
  const once = nodes.filter(isOnce);
  const each = nodes.filter((node) => !isOnce(node));
  const read = new Set(each.flatMap(({ inputs }) => inputs));
  return { once, each, kept: once.flatMap((node) => node.outputs).filter((x) => read.has(x)) };
}
