import { rng, trainableParams, trainingContext, type Module, type Weights } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { disposeBatch, leadingAxis, requireAlive, type DisposableBatch, type Prefetched } from "./batches.js";
import type { FitOptions } from "./fit-options.js";
import { disposeGradients, lossGradients, type LossGradients } from "./gradients.js";
import { addStep } from "./history.js";
import { hyperparametersAt } from "./hyperparameters-at.js";
import { nextTurn } from "./next-turn.js";
import { requireFiniteStep } from "./not-finite-error.js";
import { clipByGlobalNorm, squaredNorms } from "./optimizers/clip.js";
import type { Hyperparameters } from "./optimizers/hyperparameters.js";
import { batchesAfter, type StepCounts } from "./step-counts.js";
import { addGradients, meanGradients, type GradientSum } from "./gradient-sum.js";
import type { TrainState } from "./train-state.js";

/** The numbers of one step. */
export interface StepResult {
  readonly values: Record<string, number>;
  readonly samples: number;
  /** Trainable params that the loss does not depend on. */
  readonly unreached: readonly string[];
}

/**
 * One update of the weights, or, if it rejects, none: then params, buffers, average and state are as they were,
 * unless the optimizer itself has thrown.
 */
export async function trainStep<Batch extends tf.TensorContainer | DisposableBatch>(
  options: FitOptions<Batch>,
  counts: StepCounts,
  state: TrainState,
  batches: Prefetched<Batch>,
): Promise<StepResult> {
  const { module } = options;
  const params = distinct(trainableParams(module));
  const undo = rememberBuffers(module);
  let loss: LossGradients | undefined;
  try {
    const { learningRate, scheduled } = hyperparametersAt(options, counts, state.step);
    const gathered = await accumulateGradients(options, counts, state.step, params, batches);
    loss = gathered.loss;
    const { losses, squares } = await download(loss);
    requireFiniteStep(state.step, losses, squares);
    const gradientNorm = Math.sqrt(Object.values(squares).reduce((sum, square) => sum + square, 0));
    const values = { ...losses, learningRate, ...scheduled, gradientNorm };
    updateWeights(options, state, params, loss.gradients, values, scheduled);
    const unreached = Object.keys(params).filter((name) => !(name in loss!.gradients));
    return { values, samples: gathered.samples, unreached };
  } catch (error) {
    undo.restore();
    throw error;
  } finally {
    disposeGradients(loss);
    undo.dispose();
  }
}

/** The mean loss over all batches of a step, and its gradients. */
async function accumulateGradients<Batch extends tf.TensorContainer | DisposableBatch>(
  { loss, seed = 0, samples: count = leadingAxis }: FitOptions<Batch>,
  counts: StepCounts,
  step: number,
  params: Weights,
  batches: Prefetched<Batch>,
): Promise<{ loss: LossGradients; samples: number }> {
  const [from, to] = [batchesAfter(counts, step), batchesAfter(counts, step + 1)];
  let [samples, sum]: [number, GradientSum | undefined] = [0, undefined];
  try {
    for (let number = from; number < to; number++) {
      const batch = await batches.next();
      try {
        requireAlive(number, batch);
        batches.ask();
        await nextTurn(); // lets reads begin and signals in, even if no batch ever waits for anything
        const size = count(batch);
        const batchLoss = lossGradients(params, () => loss(batch, trainingContext(rng(seed).split("step", number))));
        samples += size;
        if (to - from === 1) return { loss: batchLoss, samples };
        sum = addGradients(sum, batchLoss, size);
      } finally {
        disposeBatch(batch);
      }
    }
    return { loss: meanGradients(sum!), samples };
  } catch (error) {
    disposeGradients(sum);
    throw error;
  }
}

/** The losses, and the squared norms of the gradients, both by name, in one download. */
async function download({
  names,
  values,
  gradients,
}: LossGradients): Promise<Record<"losses" | "squares", Record<string, number>>> {
  const all = tf.tidy(() => tf.concat([values, squaredNorms(gradients)]));
  const numbers = await all.data().finally(() => all.dispose());
  const named = (keys: readonly string[], from: number) =>
    Object.fromEntries(keys.map((key, i) => [key, numbers[from + i]!]));
  return { losses: named(names, 0), squares: named(Object.keys(gradients), names.length) };
}

/** Updates all weights at once: synchronously, so that no other code sees half an update. */
function updateWeights<Batch extends tf.TensorContainer | DisposableBatch>(
  { optimizer, clipNorm, ema }: FitOptions<Batch>,
  state: TrainState,
  params: Weights,
  gradients: Readonly<Record<string, tf.Tensor>>,
  values: Readonly<Record<"learningRate" | "gradientNorm", number>>,
  scheduled: Hyperparameters,
): void {
  state.consistent = false;
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
  state.consistent = true;
}

/** Two names may share one variable: it is updated once, under the first name. */
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
