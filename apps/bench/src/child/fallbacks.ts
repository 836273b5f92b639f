import { engines, type EngineName } from "@fovea/engine";

/** Calls by name of kernel. */
export type Tally = Readonly<Record<string, number>>;

/** What the engine has left to JavaScript since the process began: nothing, if it never does. */
export const fallbackCounter = (engine: EngineName): (() => Tally) =>
  engines.find(({ name }) => name === engine)?.fallbacks ?? (() => ({}));

/** Calls of one of `steps` steps, between two counts. */
export const perStep = (before: Tally, after: Tally, steps: number): Tally =>
  Object.fromEntries(
    Object.entries(after)
      .map(([kernel, calls]) => [kernel, (calls - (before[kernel] ?? 0)) / steps] as const)
      .filter(([, calls]) => calls > 0),
  );
