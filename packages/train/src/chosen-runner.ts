import * as tf from "@tensorflow/tfjs-core";
import type { DisposableBatch } from "./batches.js";
import { compiledRunner, fallingBack } from "./compiled-runner.js";
import { engineCompiler } from "./compiler.js";
import type { FitOptions } from "./fit-options.js";
import { eagerRunner, type StepRunner } from "./step-runner.js";
import type { TrainState } from "./train-state.js";

/** How steps are computed, and the reason, to be told once, if they could not be compiled. */
export interface ChosenRunner<Batch> {
  readonly runner: StepRunner<Batch>;
  /** `{ eager: reason }` the first time after a refusal, else nothing. */
  takeNote(): { readonly eager?: string };
}

/** The way that `options.compile` asks for. @throws Error if steps must be compiled, and the engine cannot */
export function chosenRunner<Batch extends tf.TensorContainer | DisposableBatch>(
  options: FitOptions<Batch>,
  state: TrainState,
): ChosenRunner<Batch> {
  let note: { readonly eager?: string } = {};
  const takeNote = () => {
    const taken = note;
    note = {};
    return taken;
  };
  const compile = options.compile === false ? undefined : engineCompiler();
  if (!compile && options.compile)
    throw new Error(
      `fit: \`compile: true\` needs an engine that compiles steps, such as onnxruntime; ${tf.getBackend()} does not.`,
    );
  const eager = eagerRunner(options, state);
  if (!compile) return { runner: eager, takeNote };
  const compiled = compiledRunner(options, state, compile);
  if (options.compile) return { runner: compiled, takeNote };
  const runner = fallingBack(compiled, eager, ({ message }) => (note = { eager: message.split("\n")[0]! }));
  return { runner, takeNote };
}
