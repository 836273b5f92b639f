import type { Graph } from "../graph/graph.js";
import type { Value } from "../graph/types.js";

/** Inputs of a kernel in the order of `Lowering.inputs`; an optional one that is not there is `undefined`. */
export type Inputs = readonly Value[];

/** How one tfjs kernel is said in ONNX: attributes and shapes in, nodes out. Data; it runs nothing. */
export interface Lowering {
  /** tfjs's name of the kernel. */
  readonly kernel: string;
  /** tfjs's names of its inputs, in order; `"all"` for kernels that take a list. */
  readonly inputs: readonly string[] | "all";
  /**
   * Emits the nodes and returns the kernel's output or outputs, in tfjs's shapes; `undefined` where ONNX Runtime has
   * nothing for these attributes, shapes or types: the cpu kernel then runs, and is counted.
   */
  lower(graph: Graph, inputs: Inputs, attrs: Attrs): Value | readonly Value[] | undefined;
  /** About how many simple operations the kernel takes; default: the elements of its inputs and outputs. */
  work?(inputs: Inputs, outputs: readonly Value[], attrs: Attrs): number;
  /** Below this much work the cpu kernel is quicker than the way into native code and back. Default: see `kernels.ts`. */
  readonly smallest?: number;
  /** Throws as tfjs does on numbers that no shape tells to be wrong, such as indices out of range. */
  check?(numbers: readonly ArrayLike<number>[], inputs: Inputs, attrs: Attrs): void;
}

/** A kernel's attributes; each lowering names those that it reads. */
export type Attrs = Readonly<Record<string, unknown>>;

/** A lowering whose attributes have names and types. */
export function lowering<A extends object>(
  parts: Omit<Lowering, "lower" | "work" | "check"> & {
    lower(graph: Graph, inputs: Inputs, attrs: A): Value | readonly Value[] | undefined;
    work?(inputs: Inputs, outputs: readonly Value[], attrs: A): number;
    check?(numbers: readonly ArrayLike<number>[], inputs: Inputs, attrs: A): void;
  },
): Lowering {
  return parts as Lowering;
}
