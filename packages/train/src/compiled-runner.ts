import * as tf from "@tensorflow/tfjs-core";
import type { DisposableBatch } from "./batches.js";
import { isRefusal, type Compile } from "./compiler.js";
import type { FitOptions } from "./fit-options.js";
import { squaredNorms, type Gradients, type SquaredNorms } from "./optimizers/clip.js";
import { stepFunctions, trainedParams, type StepFunctions, type StepScalars } from "./step-functions.js";
import { download, downloadNow, type StepTensors } from "./step-numbers.js";
import { batchStreams, type Accept, type StepRunner } from "./step-runner.js";
import type { TrainState } from "./train-state.js";
import { variedShapes } from "./varied-shapes.js";

/**
 * Computes a step as one function that the engine has compiled: forward, gradients and update. With several batches a
 * step, the gradients of a batch are one such function, and the update another. Unless `options.compile` insists, it
 * refuses batches of which nearly each has shapes of its own.
 */
export function compiledRunner<Batch extends tf.TensorContainer | DisposableBatch>(
  options: FitOptions<Batch>,
  state: TrainState,
  compile: Compile,
): StepRunner<Batch> {
  const streams = batchStreams(options.seed);
  const functions = stepFunctions(options, state, streams.random);
  const slots = freshSlots(options, state);
  const shapes = variedShapes();
  const names = () => Object.keys(trainedParams(options.module));
  let [present, accepts] = [0, (() => {}) as Accept]; // of the call that is under way
  const begin = (number: number, accept: Accept = () => {}) => {
    [present, accepts] = [number, accept];
    streams.use(number);
    shapes.batch();
  };
  const beforeRecording = (attempt: number) => {
    if (attempt === 0 && !options.compile) shapes.recording();
    return attempt === 0 ? streams.useOther() : streams.use(present);
  };
  const whole = compile(wholeStep(functions), {
    accept: (tensors) => accepts(downloadNow(tensors)),
    beforeRecording: (attempt) => {
      slots.make(names());
      beforeRecording(attempt);
    },
  });
  const gradients = compile(gradientsOf(functions), { beforeRecording });
  const update = compile(updateOf(functions));
  return {
    step: async (batch, number, scalars, accept) => {
      begin(number, accept);
      let found: StepTensors | undefined;
      try {
        found = whole(batch, scalars, names().join("\n"));
      } finally {
        slots.settle(Object.keys(found?.squares ?? {}));
        if (found) tf.dispose([...Object.values(found.losses), ...Object.values(found.squares)]);
      }
    },
    gradients: (batch, number) => {
      begin(number);
      return { weight: undefined, ...gradients(batch, names().join("\n")) };
    },
    update: async (mean, scalars, accept) => {
      const squares = squaredNorms(mean.gradients);
      try {
        accept(await download({ losses: mean.losses, squares }));
        slots.make(Object.keys(mean.gradients));
        update(mean.gradients, squares, scalars);
        slots.settle(Object.keys(mean.gradients));
      } finally {
        slots.settle([]);
        tf.dispose(squares);
      }
    },
    dispose: () => [whole, gradients, update].forEach((compiled) => compiled.dispose()),
  };
}

/*
 * What is compiled. The names of the params that train are arguments, though nothing reads them: with others, another
 * function is recorded.
 */

const wholeStep =
  <Batch>(functions: StepFunctions<Batch>) =>
  (batch: Batch, scalars: StepScalars, _trained: string): StepTensors => {
    const { losses, weight, gradients } = functions.gradients(batch);
    try {
      const squares = squaredNorms(gradients);
      functions.update(gradients, squares, scalars);
      return { losses, squares };
    } catch (error) {
      tf.dispose(Object.values(losses));
      throw error;
    } finally {
      tf.dispose([...Object.values(gradients), ...(weight ? [weight] : [])]);
    }
  };

const gradientsOf =
  <Batch>(functions: StepFunctions<Batch>) =>
  (batch: Batch, _trained: string) => {
    const { losses, weight, gradients } = functions.gradients(batch);
    return { losses, gradients, ...(weight && { weight }) };
  };

const updateOf =
  (functions: StepFunctions<never>) =>
  (gradients: Gradients, squares: SquaredNorms, scalars: StepScalars): object => {
    functions.update(gradients, squares, scalars);
    return {};
  };

/**
 * The slots of params that are updated for the first time: they must be there before a step is recorded, when nobody
 * knows yet which params the loss reaches.
 */
function freshSlots(
  { module, optimizer }: Pick<FitOptions<tf.TensorContainer>, "module" | "optimizer">,
  state: TrainState,
) {
  let made: string[] = [];
  return {
    make(names: readonly string[]): void {
      const missing = names.filter((name) => !(name in state.slots));
      for (const name of missing) state.slots[name] = optimizer.init(module.params[name]!, name);
      made.push(...missing);
    },
    /** Takes away those that were made and not used. */
    settle(used: readonly string[]): void {
      for (const name of made.filter((name) => !used.includes(name))) {
        tf.dispose(Object.values(state.slots[name]!));
        delete state.slots[name];
      }
      made = [];
    },
  };
}

/**
 * Computes steps by `first` as long as it can, and from its first refusal on by `then`.
 *
 * @param report - is told the refusal, once
 */
export function fallingBack<Batch>(
  first: StepRunner<Batch>,
  then: StepRunner<Batch>,
  report: (error: Error) => void,
): StepRunner<Batch> {
  let runner = first;
  const refused = (error: unknown): void => {
    if (runner === then || !isRefusal(error)) throw error;
    first.dispose();
    runner = then;
    report(error);
  };
  return {
    step: (...args) => runner.step(...args).catch((error) => (refused(error), runner.step(...args))),
    update: (...args) => runner.update(...args).catch((error) => (refused(error), runner.update(...args))),
    gradients: (...args) => {
      try {
        return runner.gradients(...args);
      } catch (error) {
        refused(error);
        return runner.gradients(...args);
      }
    },
    dispose: () => runner.dispose(),
  };
}
