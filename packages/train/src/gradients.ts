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
          tf.keep(shown.values); // else the end of the tape takes it
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
    if (shown) tf.dispose(shown.values);
    if (!/Cannot find a connection/.test((cause as Error).message)) throw cause;
    const names = Object.keys(params).slice(0, 5).join(", ");
    throw new Error(
      `fit: the loss depends on none of the ${Object.keys(params).length} trainable params (${names}, …).`,
      { cause },
    );
  }
}

/**
 * tfjs keeps the tensors that gradients will need until they are computed: of a loss that throws, for ever. They hang on the
 * tape, which the next one replaces.
 */
function freeTape(): void {
  const { state } = tf.engine();
  if (state.gradientDepth > 0 || !state.activeTape) return; // the tape of someone who calls us from inside a gradient
  for (const { saved = [] } of state.activeTape) tf.dispose(saved);
  state.activeTape = [];
}

/** Running weighted sum, so that small batches add up to the large one. Takes over and disposes both arguments. */
export function addSlope(sum: Slope | undefined, slope: Slope, weight: number): Slope {
  const scaled = (x: tf.Tensor) => tf.mul(x, weight);
  const next = tf.tidy(() => ({
    values: (sum ? tf.add(sum.values, scaled(slope.values)) : scaled(slope.values)) as tf.Tensor1D,
    gradients: mergeWith(sum?.gradients ?? {}, slope.gradients, scaled),
  }));
  disposeSlope(sum);
  disposeSlope(slope);
  return { names: slope.names, ...next };
}

/** A weighted sum made a mean. Takes over and disposes its argument. */
export const divideSlope = (sum: Slope, weight: number): Slope => addSlope(undefined, sum, 1 / weight);

export const disposeSlope = (slope: Slope | undefined): void => {
  if (slope) tf.dispose([slope.values, Object.values(slope.gradients)]);
};

function mergeWith(
  sums: Readonly<Record<string, tf.Tensor>>,
  parts: Readonly<Record<string, tf.Tensor>>,
  scaled: (x: tf.Tensor) => tf.Tensor,
): Record<string, tf.Tensor> {
  const names = new Set([...Object.keys(sums), ...Object.keys(parts)]);
  const merged = [...names].map((name) => {
    const [sum, part] = [sums[name], parts[name]];
    return [name, part ? (sum ? tf.add(sum, scaled(part)) : scaled(part)) : tf.clone(sum!)] as const;
  });
  return Object.fromEntries(merged);
}
