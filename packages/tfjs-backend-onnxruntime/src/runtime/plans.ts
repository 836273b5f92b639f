import type { Plan } from "./plan.js";

/** Kernels made ready, by what they were made for. */
export interface Plans {
  /** The plan of a key, made when it is first asked for; a kernel that has none for it is remembered, too. */
  get(key: string, make: () => Plan | undefined): Plan | undefined;
  /** Bytes of models and constants that are held. */
  readonly bytes: number;
  readonly size: number;
}

/** What a plan without a model or constants takes. */
const least = 1024;

/**
 * Beyond `budget` bytes the plans that were made first go, and are made again when they are needed.
 *
 * @param budget - most bytes of models and constants together; some constants, such as the weights of resizing, are as
 *   large as the images
 */
export function planCache(budget: number): Plans {
  const plans = new Map<string, Plan | undefined>();
  let bytes = 0;
  const sizeOf = (plan: Plan | undefined): number => least + (plan?.bytes ?? 0);
  const drop = (key: string): void => {
    bytes -= sizeOf(plans.get(key));
    plans.delete(key);
  };
  return {
    get(key, make) {
      const known = plans.get(key);
      if (known || plans.has(key)) return known;
      const made = make();
      plans.set(key, made);
      bytes += sizeOf(made);
      while (bytes > budget && plans.size > 1) drop(plans.keys().next().value!);
      return made;
    },
    get bytes() {
      return bytes;
    },
    get size() {
      return plans.size;
    },
  };
}
