import { setImmediate } from "node:timers/promises";
import { rng, trainableParams, trainingContext, type Module, type Weights } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { leadingAxis, requireAlive, type Prefetched } from "./batches.js";
import type { FitOptions } from "./fit-options.js";
import { disposeSlope, slopeOf, type Slope } from "./gradients.js";
import { addStep } from "./history.js";
import { hyperparametersAt } from "./hyperparameters-at.js";
import { requireFiniteStep } from "./not-finite-error.js";
import { clipByGlobalNorm, squaredNorms } from "./optimizers/clip.js";
import type { Hyperparameters } from "./optimizers/hyperparameters.js";
import { batchesAfter, type Plan } from "./plan.js";
import { addSlope, meanSlope, type SlopeSum } from "./slope-sum.js";
import type { TrainState } from "./train-state.js";

/** What a step showed. */
export interface StepResult {
  readonly values: Record<string, number>;
  readonly samples: number;
  /** Trainable params that the loss did not reach. */
  readonly unreached: readonly string[];
}

/**
 * One update of the weights, or, if it rejects, none: then params, buffers, average and state are as they were,
 * unless the optimizer itself has thrown.
 */
export async function trainStep<Batch extends tf.TensorContainer>(
  options: FitOptions<Batch>,
  plan: Plan,
  state: TrainState,
  batches: Prefetched<Batch>,
): Promise<StepResult> {
  const { module } = options;
  const params = distinct(trainableParams(module));
  const undo = rememberBuffers(module);
  let slope: Slope | undefined;
  try {
    const { learningRate, scheduled } = hyperparametersAt(options, plan, state.step);
    const gathered = await gatherSlope(options, plan, state.step, params, batches);
    slope = gathered.slope;
    const { losses, squares } = await download(slope);
    requireFiniteStep(state.step, losses, squares);
    const gradientNorm = Math.sqrt(Object.values(squares).reduce((sum, square) => sum + square, 0));
    const values = { ...losses, learningRate, ...scheduled, gradientNorm };
    move(options, state, params, slope.gradients, values, scheduled);
    const unreached = Object.keys(params).filter((name) => !(name in slope!.gradients));
    return { values, samples: gathered.samples, unreached };
  } catch (error) {
    undo.restore();
    throw error;
  } finally {
    disposeSlope(slope);
    undo.dispose();
  }
}

/** The slope of the mean loss over the step's batches together. */
async function gatherSlope<Batch extends tf.TensorContainer>(
  { loss, seed = 0, samples: count = leadingAxis }: FitOptions<Batch>,
  plan: Plan,
  step: number,
  params: Weights,
  batches: Prefetched<Batch>,
): Promise<{ slope: Slope; samples: number }> {
  const [from, to] = [batchesAfter(plan, step), batchesAfter(plan, step + 1)];
  let [samples, sum]: [number, SlopeSum | undefined] = [0, undefined];
  try {
    for (let number = from; number < to; number++) {
      const batch = await batches.next();
      try {
        requireAlive(number, batch);
        batches.ask();
        await setImmediate(); // lets reads begin and signals in, even if no batch ever waits for anything
        const size = count(batch);
        const slope = slopeOf(params, () => loss(batch, trainingContext(rng(seed).split("step", number))));
        samples += size;
        if (to - from === 1) return { slope, samples };
        sum = addSlope(sum, slope, size);
      } finally {
        tf.dispose(batch);
      }
    }
    return { slope: meanSlope(sum!), samples };
  } catch (error) {
    disposeSlope(sum);
    throw error;
  }
}

/** The losses, and the squared norms of the gradients, both by name, in one download. */
async function download({
  names,
  values,
  gradients,
}: Slope): Promise<Record<"losses" | "squares", Record<string, number>>> {
  const all = tf.tidy(() => tf.concat([values, squaredNorms(gradients)]));
  const numbers = await all.data().finally(() => all.dispose());
  const named = (keys: readonly string[], from: number) =>
    Object.fromEntries(keys.map((key, i) => [key, numbers[from + i]!]));
  return { losses: named(names, 0), squares: named(Object.keys(gradients), names.length) };
}

/** Synchronous, so that no one ever sees half a step. */
function move<Batch extends tf.TensorContainer>(
  { optimizer, clipNorm, ema }: FitOptions<Batch>,
  state: TrainState,
  params: Weights,
  gradients: Readonly<Record<string, tf.Tensor>>,
  values: Readonly<Record<"learningRate" | "gradientNorm", number>>,
  scheduled: Hyperparameters,
): void {
  state.whole = false;
  tf.tidy(() => {
    const clipped = clipNorm === undefined ? gradients : clipByGlobalNorm(gradients, clipNorm, values.gradientNorm);
    for (const [name, gradient] of Object.entries(clipped)) {
      const slots = (state.slots[name] ??= optimizer.init(params[name]!));
      optimizer.update(params[name]!, gradient, slots, { name, learningRate: values.learningRate, scheduled });
    }
    ema?.update(state.step);
  });
  addStep(state.history, state.step, values);
  state.step++;
  state.whole = true;
}

/** Two names may share one variable: it is moved once, under the first. */
function distinct(params: Weights): Weights {
  const seen = new Set<tf.Variable>();
  return Object.fromEntries(Object.entries(params).filter(([, param]) => !seen.has(param) && seen.add(param)));
}

/** A forward pass updates buffers, which a step that fails must not. Clones share the numbers until they change. */
function rememberBuffers({ buffers }: Pick<Module, "buffers">): { restore(): void; dispose(): void } {
  const variables = Object.values(buffers);
  const clones = variables.map((variable) => tf.clone(variable));
  return {
    restore: () => variables.forEach((variable, i) => variable.assign(clones[i]!)),
    dispose: () => tf.dispose(clones),
  };
}
