import type * as tf from "@tensorflow/tfjs-core";
import type { Rng } from "./random.js";

/**
 * The mode of a forward pass: training or inference, where random numbers come from, and who sees intermediate values.
 */
export interface Context {
  /**
   * True in training: dropout is active, and batch norms use the statistics of the batch and update the running ones.
   */
  readonly training: boolean;
  /** The source of every random number of this pass. Split it by name; never draw twice from the same one. */
  readonly rng: Rng;
  /**
   * Called with intermediate values, such as attention, and their names. A value is freed after the pass: clone it and
   * `tf.keep` the clone to use it later. Default: nobody is called.
   */
  readonly tap?: (name: string, value: tf.Tensor) => void;
}

/** The context of a training pass. Use another `rng` at every step, e.g. `rng(seed).split("step", step)`. */
export const trainingContext = (rng: Rng, tap?: Context["tap"]): Context => ({
  training: true,
  rng,
  ...(tap && { tap }),
});

/** The context of an inference pass: no dropout, running statistics in batch norms, nothing random. */
export const inferenceContext = (tap?: Context["tap"]): Context => ({
  training: false,
  rng: withoutRng,
  ...(tap && { tap }),
});

/** The context for a part called `name`: the part has its own random stream, and its taps are named `name/…`. */
export function scope(ctx: Context, name: string): Context {
  const { tap } = ctx;
  return {
    training: ctx.training,
    rng: ctx.rng.split(name),
    ...(tap && { tap: (inner: string, value: tf.Tensor) => tap(`${name}/${inner}`, value) }),
  };
}

const refuseToDraw = (): never => {
  throw new Error(
    "inferenceContext: expected a pass without random numbers, but one was drawn; use `trainingContext(rng)` for that.",
  );
};

const withoutRng: Rng = {
  key: [0, 0],
  split: () => withoutRng,
  uint32: refuseToDraw,
  uniform: refuseToDraw,
  normal: refuseToDraw,
  integer: refuseToDraw,
  permutation: refuseToDraw,
};
