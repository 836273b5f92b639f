import type { Rng } from "./random.js";

/**
 * The stream that `source` gives at the moment of each draw: the same numbers as `source()` has. Streams split from it
 * ask again as well. So what was split in one step and draws in a later one, such as a dropout in a step that the
 * engine has compiled, draws that step's numbers.
 *
 * @param source - the present stream, such as that of the present step
 */
export const deferredRng = (source: () => Rng): Rng => ({
  get key() {
    return source().key;
  },
  split: (...path) => deferredRng(() => source().split(...path)),
  uint32: (...args) => source().uint32(...args),
  uniform: (...args) => source().uniform(...args),
  normal: (...args) => source().normal(...args),
  integer: (...args) => source().integer(...args),
  permutation: (...args) => source().permutation(...args),
});
