import { requireRates, weightsOf, type Module, type Weights } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/** What `ema` is made from. */
export interface EmaOptions {
  /** d, the memory of the average, in [0, 1): it spans about 1 / (1 − d) steps. Default 0.999. */
  readonly decay?: number;
  /**
   * Whether early steps use a smaller d, at most (1 + step) / (10 + step), since the first weights are far from
   * trained. Default true.
   */
  readonly warmup?: boolean;
}

/** A moving average of a module's weights, and a way to use it. Whoever makes it disposes it. */
export interface Ema {
  readonly config: Readonly<Required<EmaOptions>>;
  /** The average of each param and buffer. */
  readonly weights: Weights;
  /**
   * Takes in the module's present weights, which step `step` has left: counted from 0, float32, []. `fit` does it.
   */
  update(step: tf.Scalar): void;
  /** Runs something while the module has the averaged weights, and gives it back its own, whatever happens. */
  use<T>(run: () => T | Promise<T>): Promise<T>;
  dispose(): void;
}

/**
 * Exponential moving average of params and buffers, from a copy of the present ones on:
 *
 *     average ← d · average + (1 − d) · weight,    d = min(decay, (1 + step) / (10 + step)) with warm-up
 *
 * Ref: Polyak & Juditsky 1992; the warm-up is TensorFlow's (`num_updates`).
 * @throws RangeError for a decay outside [0, 1)
 */
export function ema(module: Pick<Module, "params" | "buffers">, options: EmaOptions = {}): Ema {
  const config = { decay: options.decay ?? 0.999, warmup: options.warmup ?? true };
  requireRates("ema", { decay: config.decay });
  const source = Object.entries(weightsOf(module));
  const weights: Weights = tf.tidy(() =>
    Object.fromEntries(source.map(([name, weight]) => [name, tf.variable(tf.clone(weight), false)])),
  );
  return {
    config,
    weights,
    update: (step) =>
      tf.tidy(() => {
        const share = shareOf(config, step);
        for (const [name, weight] of source) follow(weights[name]!, weight, share);
      }),
    use: async (run) => {
      const own = source.map(([, weight]) => tf.clone(weight)); // shares the numbers, costs nothing
      try {
        for (const [name, weight] of source) assignCopy(weight, weights[name]!);
        return await run();
      } finally {
        source.forEach(([, weight], i) => weight.assign(own[i]!));
        tf.dispose(own);
      }
    },
    dispose: () => tf.dispose(weights as Record<string, tf.Variable>),
  };
}

/** 1 − d, where 1 − (1 + step) / (10 + step) is 9 / (10 + step): written so, float32 loses no digits. */
const shareOf = ({ decay, warmup }: Ema["config"], step: tf.Scalar): tf.Scalar =>
  warmup ? tf.maximum(tf.div(9, tf.add(step, 10)), 1 - decay) : tf.scalar(1 - decay);

function follow(average: tf.Variable, weight: tf.Variable, share: tf.Scalar): void {
  if (weight.dtype !== "float32") return assignCopy(average, weight);
  tf.tidy(() => average.assign(tf.add(average, tf.mul(tf.sub(weight, average), share))));
}

const assignCopy = (to: tf.Variable, from: tf.Variable): void => tf.tidy(() => to.assign(tf.clone(from)));
