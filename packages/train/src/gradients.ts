import { valueAndGradients, type Weights } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Gradients } from "./optimizers/clip.js";
import { lossValues, totalOf, type Loss, type LossValues } from "./loss.js";

/** The values of a loss, and its gradients. Whoever holds them disposes them. */
export interface LossGradients extends Omit<LossValues, "weight"> {
  /** The gradient of each param, by name; a param that the loss does not depend on has none. */
  readonly gradients: Gradients;
}

/** The loss and gradients of one batch, with the weight that the loss returned. */
export type BatchGradients = LossGradients & LossValues;

/**
 * The loss, and its gradients with respect to `params`, leaving nothing else behind.
 *
 * @throws Error if the loss depends on none of the params
 */
export function lossGradients(params: Weights, loss: () => Loss): BatchGradients {
  let shown: LossValues | undefined;
  try {
    const { value, gradients } = valueAndGradients(params, () => {
      const result = loss();
      shown = lossValues(result);
      for (const value of tensorsOf(shown)) tf.keep(value); // else the end of the tape takes them
      return totalOf(result);
    });
    value.dispose();
    return { ...released(shown!), gradients };
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

/** The values of a loss as tensors that are not kept: whatever scope the caller has may end them. */
function released(values: LossValues): LossValues {
  const { losses, weight } = values;
  const clones = Object.entries(losses).map(([name, value]) => [name, tf.clone(value)] as const);
  const own = { losses: Object.fromEntries(clones), weight: weight && tf.clone(weight) };
  tf.dispose(tensorsOf(values));
  return own;
}

const tensorsOf = ({ losses, weight }: LossValues): tf.Tensor[] => [
  ...Object.values(losses),
  ...(weight ? [weight] : []),
];

export const disposeGradients = (loss: (LossGradients & Partial<LossValues>) | undefined): void => {
  if (loss) tf.dispose([...tensorsOf({ weight: undefined, ...loss }), ...Object.values(loss.gradients)]);
};
