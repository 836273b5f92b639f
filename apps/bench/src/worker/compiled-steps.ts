import * as tf from "@tensorflow/tfjs-core";
import { deferredRng, inferenceContext, rng, trainingContext } from "@fovea/nn";
import type { Subject } from "../cases/case.js";
import type { Compile, CompileOptions } from "./compile.js";
import type { Parts, Step } from "./steps.js";
import { LEARNING_RATE, training } from "./training.js";

/** A step that is one graph, in which the parts cannot be told apart. */
export interface CompiledStep {
  readonly step: Step;
  /** Frees the graph. */
  dispose(): void;
}

type Options = Pick<CompileOptions, "profile">;

/** A step of inference as one graph. */
export function compiledInferStep(subject: Subject, compile: Compile, options: Options = {}): CompiledStep {
  const forward = compile(() => subject.forward(inferenceContext()), options);
  return { step: () => timed(forward, (output) => output), dispose: () => forward.dispose() };
}

/**
 * A training step as one graph: the same as `trainStep`. A graph computes its results and nothing else; so the
 * gradients of the subject's inputs are results.
 */
export function compiledTrainStep(
  subject: Subject,
  seed: number,
  compile: Compile,
  options: Options = {},
): CompiledStep {
  const { gradientsOf, update } = training(subject);
  const learningRate = tf.scalar(LEARNING_RATE);
  let [number, stream] = [0, rng(seed)];
  const streamOf = (step: number) => rng(seed).split("step", step);
  const ctx = trainingContext(deferredRng(() => stream));
  const whole = compile(
    (learningRate: tf.Scalar) => {
      const { value, gradients } = gradientsOf(ctx);
      update(gradients, learningRate);
      return { value, inputs: Object.keys(subject.inputs).map((name) => gradients[name]) };
    },
    {
      ...options,
      beforeRecording: (attempt) => void (stream = attempt === 0 ? rng(seed).split("recording") : streamOf(number)),
    },
  );
  const run = () => {
    stream = streamOf(number);
    const results = whole(learningRate);
    number++;
    return results;
  };
  return {
    step: () => timed(run, ({ value }) => value),
    dispose: () => {
      whole.dispose();
      learningRate.dispose();
    },
  };
}

/** Times a run up to the download of what `read` picks. */
async function timed<R extends tf.TensorContainer>(run: () => R, read: (results: R) => tf.Tensor): Promise<Parts> {
  const start = performance.now();
  const results = run();
  await read(results).data();
  const forward = performance.now() - start;
  tf.dispose(results);
  return { forward, backward: 0, optimizer: 0 };
}
