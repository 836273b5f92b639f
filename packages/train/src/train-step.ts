import type { Module } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { disposeBatch, leadingAxis, requireAlive, type DisposableBatch, type Prefetched } from "./batches.js";
import type { FitOptions } from "./fit-options.js";
import { addGradients, meanGradients, type GradientSum } from "./gradient-sum.js";
import { disposeGradients } from "./gradients.js";
import { addStep } from "./history.js";
import { hyperparametersAt, type StepHyperparameters } from "./hyperparameters-at.js";
import { nextTurn } from "./next-turn.js";
import { requireFiniteStep } from "./not-finite-error.js";
import { batchesAfter, type StepCounts } from "./step-counts.js";
import { trainedParams, type StepScalars } from "./step-functions.js";
import type { StepNumbers } from "./step-numbers.js";
import type { Accept, StepRunner } from "./step-runner.js";
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
  runner: StepRunner<Batch>,
): Promise<StepResult> {
  const undo = rememberBuffers(options.module);
  let scalars: StepScalars | undefined;
  try {
    const names = Object.keys(trainedParams(options.module));
    const hyperparameters = hyperparametersAt(options, counts, state.step);
    scalars = scalarsOf(hyperparameters, state.step);
    let found: StepNumbers | undefined;
    const accept: Accept = (numbers) => {
      requireFiniteStep(state.step, numbers.losses, numbers.squares);
      found = numbers;
    };
    const samples = await runStep(options, counts, state.step, batches, runner, scalars, accept);
    const values = valuesOf(found!, hyperparameters);
    addStep(state.history, state.step, values);
    state.step++;
    state.consistent = true;
    return { values, samples, unreached: names.filter((name) => !(name in found!.squares)) };
  } catch (error) {
    undo.restore();
    throw error;
  } finally {
    if (scalars) tf.dispose([scalars.learningRate, scalars.step, ...Object.values(scalars.scheduled)]);
    undo.dispose();
  }
}

/** Runs all batches of a step, and updates the weights by their mean loss. @returns samples */
async function runStep<Batch extends tf.TensorContainer | DisposableBatch>(
  { samples: count = leadingAxis }: FitOptions<Batch>,
  counts: StepCounts,
  step: number,
  batches: Prefetched<Batch>,
  runner: StepRunner<Batch>,
  scalars: StepScalars,
  accept: Accept,
): Promise<number> {
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
        samples += size;
        if (to - from === 1) await runner.step(batch, number, scalars, accept);
        else sum = addGradients(sum, runner.gradients(batch, number), size);
      } finally {
        disposeBatch(batch);
      }
    }
  } catch (error) {
    disposeGradients(sum);
    throw error;
  }
  if (sum) await updateByMean(sum, runner, scalars, accept);
  return samples;
}

async function updateByMean<Batch>(sum: GradientSum, runner: StepRunner<Batch>, scalars: StepScalars, accept: Accept) {
  const mean = meanGradients(sum);
  await runner.update(mean, scalars, accept).finally(() => disposeGradients(mean));
}

const scalarsOf = ({ learningRate, scheduled }: StepHyperparameters, step: number): StepScalars =>
  tf.tidy(() => ({
    learningRate: tf.scalar(learningRate),
    scheduled: Object.fromEntries(Object.entries(scheduled).map(([name, value]) => [name, tf.scalar(value)])),
    step: tf.scalar(step),
  })) as StepScalars;

function valuesOf({ losses, squares }: StepNumbers, { learningRate, scheduled }: StepHyperparameters) {
  const gradientNorm = Math.sqrt(Object.values(squares).reduce((sum, square) => sum + square, 0));
  return { ...losses, learningRate, ...scheduled, gradientNorm };
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
