import type { Layer } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { adamW, ema, fit, oneCycle, type Ema, type FitOptions, type History } from "../../src/index.js";
import { logistic, net, points, type Points } from "../support.js";

/**
 * A run with everything on that a resume could get wrong. 5 batches an epoch, 2 a step, the last step of the run has
 * one.
 */
export async function run(
  options: Partial<FitOptions<Points>> = {},
  look?: (model: Layer, average: Ema) => void,
): Promise<{ history: History; numbers: Record<string, number[]> }> {
  const model = net(options.seed ?? 1);
  const average = ema(model, { decay: 0.9 });
  const { epochs, steps, ...rest } = options;
  try {
    const history = await fit({
      module: model,
      loss: logistic(model),
      batches: points({ count: 10, batch: 2 }),
      optimizer: adamW(),
      schedule: oneCycle({ max: 0.05, warmup: 0.4 }),
      seed: 5,
      accumulate: 2,
      clipNorm: 0.5,
      ema: average,
      config: { dim: 5, layers: ["fc1", "fc2"] },
      ...(steps === undefined ? { epochs: epochs ?? 3 } : { steps }),
      ...rest,
    });
    look?.(model, average);
    return { history, numbers: allNumbers(model, average) };
  } finally {
    tf.dispose([average.weights as Record<string, tf.Variable>]);
    model.dispose();
  }
}

const allNumbers = (model: Layer, average: Ema): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries({ ...model.params, ...model.buffers })
      .map(([name, weight]) => [name, Array.from(weight.dataSync())] as const)
      .concat(Object.entries(average.weights).map(([name, weight]) => [`ema.${name}`, Array.from(weight.dataSync())])),
  );
