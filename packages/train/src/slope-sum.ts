import * as tf from "@tensorflow/tfjs-core";
import { disposeSlope, type BatchSlope, type Slope } from "./gradients.js";

/**
 * What batches come to whose losses L_i are means over weights W_i: Σ W_i L_i and Σ W_i ∇L_i. Divided by Σ W_i they are
 * those of one large batch.
 */
export interface SlopeSum extends Slope {
  /** Σ W_i. */
  readonly totalWeight: number;
  /** Whether the losses said their weights; they are numbers of samples otherwise. */
  readonly said: boolean;
}

/**
 * Takes over and disposes both.
 *
 * @param samples - the slope's weight, unless its loss said another
 * @throws TypeError if some losses say their weight and others do not
 */
export function addSlope(sum: SlopeSum | undefined, slope: BatchSlope, samples: number): SlopeSum {
  try {
    const { weight = samples } = slope;
    const said = slope.weight !== undefined;
    if (sum) requireSame(sum.said, said);
    const next = tf.tidy(() => {
      const { values, gradients } = scaled(slope, weight);
      return {
        values: sum ? tf.add<tf.Tensor1D>(sum.values, values) : values,
        gradients: sum ? addEach(sum.gradients, gradients) : gradients,
      };
    });
    return { names: slope.names, ...next, totalWeight: (sum?.totalWeight ?? 0) + weight, said };
  } finally {
    disposeSlope(sum);
    disposeSlope(slope);
  }
}

/** The sum made the mean; zeros if no row counted. Takes over and disposes its argument. */
export function meanSlope(sum: SlopeSum): Slope {
  const { names, totalWeight } = sum;
  const next = tf.tidy(() => scaled(sum, totalWeight === 0 ? 0 : 1 / totalWeight));
  disposeSlope(sum);
  return { names, ...next };
}

function requireSame(before: boolean, now: boolean): void {
  if (before !== now)
    throw new TypeError(
      "fit: `loss` must return a `weight` for all batches of a step, or for none, since numbers of samples and weights " +
        `do not add up; got a batch ${now ? "with" : "without"} one after batches ${before ? "with" : "without"}.`,
    );
}

const scaled = ({ values, gradients }: Slope, factor: number) => ({
  values: tf.mul<tf.Tensor1D>(values, factor),
  gradients: Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, factor)])),
});

/** A param that only one side reaches has the other's gradient as 0. */
function addEach(
  a: Readonly<Record<string, tf.Tensor>>,
  b: Readonly<Record<string, tf.Tensor>>,
): Record<string, tf.Tensor> {
  const added = Object.entries(b).map(([name, x]) => [name, a[name] ? tf.add(a[name], x) : x] as const);
  const left = Object.entries(a).filter(([name]) => !(name in b));
  return Object.fromEntries([...left.map(([name, x]) => [name, tf.clone(x)] as const), ...added]);
}
