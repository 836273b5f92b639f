import type { EngineName } from "@fovea/engine";

/** Calls by name of kernel. */
export type Tally = Readonly<Record<string, number>>;

/** Engines that lack kernels and leave them to JavaScript: where each counts those calls, once it runs. */
const COUNTERS: Partial<Record<EngineName, () => Promise<() => Tally>>> = {};

/** What the engine has left to JavaScript since the process began: nothing, if it never does. */
export const fallbackCounter = async (engine: EngineName): Promise<() => Tally> =>
  (await COUNTERS[engine]?.()) ?? (() => ({}));

/** Calls of one of `steps` steps, between two counts. */
export const perStep = (before: Tally, after: Tally, steps: number): Tally =>
  Object.fromEntries(
    Object.entries(after)
      .map(([kernel, calls]) => [kernel, (calls - (before[kernel] ?? 0)) / steps] as const)
      .filter(([, calls]) => calls > 0),
  );
