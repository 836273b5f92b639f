import { engines, type EngineName } from "@fovea/engine";

/** Number of calls by name of kernel. */
export type Calls = Readonly<Record<string, number>>;

/** Counts the calls that an engine has left to JavaScript since the process began; empty if it never does. */
export const fallbackCounter = (engine: EngineName): (() => Calls) =>
  engines.find(({ name }) => name === engine)?.fallbacks ?? (() => ({}));

/** The calls of one step: those between two counts, divided by the number of steps. */
export const perStep = (before: Calls, after: Calls, steps: number): Calls =>
  Object.fromEntries(
    Object.entries(after)
      .map(([kernel, calls]) => [kernel, (calls - (before[kernel] ?? 0)) / steps] as const)
      .filter(([, calls]) => calls > 0),
  );
