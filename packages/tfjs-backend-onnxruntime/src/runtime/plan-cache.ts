import type { ExecutionPlan } from "./plan.js";

/** Kernels made ready, by what they were made for. */
export interface PlanCache {
  /** The plan of a key, made when it is first asked for; a kernel that has none for it is remembered, too. */
  get(key: string, make: () => ExecutionPlan | undefined): ExecutionPlan | undefined;
  /** Bytes of models and constants that are held. */
  readonly bytes: number;
  readonly size: number;
}

interface Entry {
  readonly plan: ExecutionPlan | undefined;
  readonly bytes: number;
  /** Whether it was asked for again since room was last made. */
  used: boolean;
}

/** What a plan without a model or constants takes. */
const least = 1024;

/**
 * Beyond `budget` bytes plans are given up, first those that were not asked for again since room was last made, in the
 * order in which they were made. They are made again when they are needed.
 *
 * @param budget - bytes of models and constants together
 */
export function planCache(budget: number): PlanCache {
  const entries = new Map<string, Entry>();
  let bytes = 0;
  const makeRoom = (): void => {
    for (const [key, entry] of entries) {
      if (bytes <= budget) return;
      if (!entry.used) {
        entries.delete(key);
        bytes -= entry.bytes;
      }
      entry.used = false;
    }
  };
  return {
    get(key, make) {
      const known = entries.get(key);
      if (known) {
        known.used = true;
        return known.plan;
      }
      const plan = make();
      const entry = { plan, bytes: least + (plan?.bytes ?? 0), used: false };
      entries.set(key, entry);
      bytes += entry.bytes;
      while (bytes > budget) makeRoom();
      return plan;
    },
    get bytes() {
      return bytes;
    },
    get size() {
      return entries.size;
    },
  };
}
