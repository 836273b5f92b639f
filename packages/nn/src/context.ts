import type * as tf from "@tensorflow/tfjs-core";
import type { Rng } from "./random.js";

/** What a forward pass needs to know beyond its inputs. */
export interface Context {
  /** Dropout drops and batch norms use and update batch statistics only while this is true. */
  readonly training: boolean;
  /** The source of every random choice of this pass. Split it by name, never draw from a shared one. */
  readonly rng: Rng;
  /** Shown intermediates while they live, under their path. Keep one with `tf.keep`, or clone it. */
  readonly tap?: (name: string, value: tf.Tensor) => void;
}

/** A pass that learns. `rng` must be another one at every step, e.g. `rng(seed).split("step", step)`. */
export const trainingContext = (rng: Rng, tap?: Context["tap"]): Context => ({
  training: true,
  rng,
  ...(tap && { tap }),
});

/** A pass that does not learn: no dropout, running statistics, nothing random. */
export const inferenceContext = (tap?: Context["tap"]): Context => ({
  training: false,
  rng: noRng,
  ...(tap && { tap }),
});

/** The context for a part called `name`: its own random stream, and its taps under `name/`. */
export function scope(ctx: Context, name: string): Context {
  const { tap } = ctx;
  return {
    training: ctx.training,
    rng: ctx.rng.split(name),
    ...(tap && { tap: (inner: string, value: tf.Tensor) => tap(`${name}/${inner}`, value) }),
  };
}

const refuse = (): never => {
  throw new Error("inferenceContext: something asked for a random number; use trainingContext(rng) for a random pass.");
};

const noRng: Rng = {
  key: [0, 0],
  split: () => noRng,
  uint32: refuse,
  uniform: refuse,
  normal: refuse,
  integer: refuse,
  permutation: refuse,
};
