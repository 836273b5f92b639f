import type { Attrs, Data, Inputs, Value } from "@fovea/onnx-graph";

/** How one kernel is best run here: what it costs, and what its nodes do not say. */
export interface Traits {
  /**
   * What the kernel costs, in steps of some nanoseconds of one thread; default: the elements of its inputs and outputs.
   */
  work?(inputs: Inputs, outputs: readonly Value[], attrs: Attrs): number;
  /** Below this much work the cpu kernel is quicker than the way into native code and back. Default: see `plan.ts`. */
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

/** Traits by kernel. */
export type TraitsTable = Readonly<Record<string, Traits>>;

/** Traits of a kernel whose attributes have names and types. */
export function traits<A extends object>(
  parts: Omit<Traits, "work" | "direct" | "check"> & {
    work?(inputs: Inputs, outputs: readonly Value[], attrs: A): number;
    direct?(inputs: Inputs, outputs: readonly Value[], attrs: A): Direct | undefined;
    check?(numbers: readonly ArrayLike<number>[], inputs: Inputs, attrs: A): void;
  },
): Traits {
  return parts as Traits;
}

/** Several kernels with one set of traits. */
export const same = (kernels: readonly string[], traits: Traits): TraitsTable =>
  Object.fromEntries(kernels.map((kernel) => [kernel, traits]));
