import type { Graph } from "../graph/graph.js";
import type { Data, Value } from "../graph/types.js";

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
   * nothing for these attributes, shapes or types: the cpu kernel then runs, and is counted. An input that is returned
   * as it is, or reshaped, is passed on without a copy.
   */
  lower(graph: Graph, inputs: Inputs, attrs: Attrs): Value | readonly Value[] | undefined;
  /**
   * What the kernel costs, in steps of some nanoseconds of one thread; default: the elements of its inputs and outputs.
   */
  work?(inputs: Inputs, outputs: readonly Value[], attrs: Attrs): number;
  /**
   * Below this much work the cpu kernel is quicker than the way into native code and back. Default: see `kernels.ts`.
   */
  readonly smallest?: number | ((inputs: Inputs) => number);
  /** Always one thread: for kernels that only move numbers, which more threads do not speed up. */
  readonly serial?: boolean;
  /**
   * The kernel in JavaScript, for shapes where moving contiguous runs of typed arrays beats the way into native code at
   * any size. It is made once for all calls with these shapes and attributes; `undefined` leaves the kernel to its
   * nodes.
   */
  direct?(inputs: Inputs, outputs: readonly Value[], attrs: Attrs): Direct | undefined;
  /** Throws as tfjs does on numbers that no shape tells to be wrong, such as indices out of range. */
  check?(numbers: readonly ArrayLike<number>[], inputs: Inputs, attrs: Attrs): void;
}

/** Fills `outputs`, in which there may be anything, and keeps no hold of any array. */
export type Direct = (numbers: readonly Data[], outputs: readonly Data[]) => void;

/** A kernel's attributes; each lowering names those that it reads. */
export type Attrs = Readonly<Record<string, unknown>>;

/** A lowering whose attributes have names and types. */
export function lowering<A extends object>(
  parts: Omit<Lowering, "lower" | "work" | "direct" | "check"> & {
    lower(graph: Graph, inputs: Inputs, attrs: A): Value | readonly Value[] | undefined;
    work?(inputs: Inputs, outputs: readonly Value[], attrs: A): number;
    direct?(inputs: Inputs, outputs: readonly Value[], attrs: A): Direct | undefined;
    check?(numbers: readonly ArrayLike<number>[], inputs: Inputs, attrs: A): void;
  },
): Lowering {
  return parts as Lowering;
}

/**
 * Costs of kernels that multiply and add, in the unit of `work`: natively some hundred times as quick as in JavaScript.
 * So all threads are used from about half a millisecond on: waking one takes a tenth.
 */
export const products = { cost: 1 / 256, smallest: 4096 / 256 } as const;

export const areFloats = (...values: readonly Value[]): boolean => values.every(({ type }) => type === "float32");
