import type fc from "fast-check";
import type { Call, Demands } from "../as-defined.js";

/** Calls on which a kernel is as defined. */
export interface Property extends Demands {
  /** What is special about them: "with NaN". */
  readonly of?: string | undefined;
  readonly calls: fc.Arbitrary<Call>;
  /** How many are drawn; default 60. */
  readonly numRuns?: number;
}

/** The properties of kernels, by tfjs's names of them. */
export type Properties = Readonly<Record<string, readonly Property[]>>;

/** The same for several kernels. */
export const each = (kernels: readonly string[], of: (kernel: string) => readonly Property[]): Properties =>
  Object.fromEntries(kernels.map((kernel) => [kernel, of(kernel)]));
