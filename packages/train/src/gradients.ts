import type { Weights } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { lossValues, totalOf, type Loss, type LossValues } from "./loss.js";

/** What one batch tells: the loss and where it falls. The holder disposes both. */
export interface Slope extends LossValues {
  /** By param name; a param that the loss does not reach has none. */
  readonly gradients: Readonly<Record<string, tf.Tensor>>;
}

/**
 * The loss, and its gradients with respect to `params`, leaving nothing else behind.
 *
 * @throws Error if the loss depends on none of the params
 */
export function slopeOf(params: Weights, loss: () => Loss): Slope {
  let shown: LossValues | undefined;
  try {
    const byVariable = tf.tidy(
      () =>
        tf.variableGrads(() => {
          const result = loss();
          shown = lossValues(result);
          for (const shownTensor of tensorsOf(shown)) tf.keep(shownTensor); // else the end of the tape takes it
          return totalOf(result);
        }, Object.values(params)).grads,
    );
    const gradients = Object.entries(params).flatMap(([name, { name: id }]) => {
      const gradient = byVariable[id];
      return gradient ? [[name, gradient] as const] : [];
    });
    return { ...shown!, gradients: Object.fromEntries(gradients) };
  } catch (cause) {
    freeTape();
    if (shown) tf.dispose(tensorsOf(shown));
    if (!/Cannot find a connection/.test((cause as Error).message)) throw cause;
    const names = Object.keys(params).slice(0, 5).join(", ");
    throw new Error(
      `fit: the loss depends on none of the ${Object.keys(params).length} trainable params (${names}, …).`,
      { cause },
    );
  }
}

/**
 * tfjs keeps the tensors that gradients will need until they are computed: of a loss that throws, for ever. They hang
 * on the tape, which the next one replaces.
 */
function freeTape(): void {
  const { state } = tf.engine();
  if (state.gradientDepth > 0 || !state.activeTape) return; // the tape of someone who calls us from inside a gradient
  for (const { saved = [] } of state.activeTape) tf.dispose(saved);
  state.activeTape = [];
}

const tensorsOf = ({ values, weight }: LossValues): tf.Tensor[] => (weight ? [values, weight] : [values]);

/**
 * Running sum of slopes times weights, and of the weights, so that small batches add up to the large one: of weighted
 * means L_i with weights W_i the mean over all is Σ W_i L_i / Σ W_i. Takes over and disposes both slopes.
 *
 * @param samples - the slope's weight, unless its loss said another
 */
export function addSlope(sum: Slope | undefined, slope: Slope, samples: number): Slope {
  const next = tf.tidy(() => {
    const weight = slope.weight ?? tf.scalar(samples);
    const { values, gradients } = scaledSlope(slope, weight);
    return {
      values: sum ? tf.add<tf.Tensor1D>(sum.values, values) : values,
      gradients: sum ? addEach(sum.gradients, gradients) : gradients,
      weight: sum ? tf.add<tf.Scalar>(sum.weight!, weight) : tf.clone(weight),
    };
  });
  disposeSlope(sum);
  disposeSlope(slope);
  return { names: slope.names, ...next };
}

/** The sum made the mean; zeros if no row counted. Takes over and disposes its argument. */
export function meanSlope(sum: Slope): Slope {
  const next = tf.tidy(() => scaledSlope(sum, tf.divNoNan(1, sum.weight!)));
  disposeSlope(sum);
  return { names: sum.names, weight: undefined, ...next };
}

export const disposeSlope = (slope: Slope | undefined): void => {
  if (slope) tf.dispose([...tensorsOf(slope), ...Object.values(slope.gradients)]);
};

const scaledSlope = ({ values, gradients }: Slope, factor: tf.Tensor) => ({
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
