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
   * Emits the nodes and returns the kernel's output or outputs, in tfjs's shapes; `undefined` where ONNX has nothing
   * for these attributes, shapes or types. An input may be returned as it is, or reshaped.
   */
  lower(graph: Graph, inputs: Inputs, attrs: Attrs): Value | readonly Value[] | undefined;
}

/** A kernel's attributes; each lowering names those that it reads. */
export type Attrs = Readonly<Record<string, unknown>>;

/** A lowering whose attributes have names and types. */
export function lowering<A extends object>(
  parts: Omit<Lowering, "lower"> & {
    lower(graph: Graph, inputs: Inputs, attrs: A): Value | readonly Value[] | undefined;
  },
): Lowering {
  return parts as Lowering;
}

export const areFloats = (...values: readonly Value[]): boolean => values.every(({ type }) => type === "float32");
