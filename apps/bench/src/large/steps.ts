import { crossEntropy } from "@fovea/losses";
import type { LargeImageClassifier } from "@fovea/models";
import { rng, trainingContext, valueAndGradients, type LargeImage } from "@fovea/nn";
import type { SamplingPlan } from "@fovea/patch-sampling";
import { sgd, updateParams } from "@fovea/train";
import * as tf from "@tensorflow/tfjs-core";
import type { Mode } from "../job.js";

/**
 * A step on one image. Its value is the plan: which patches the network has sampled.
 *
 * @throws Error if the result is not a finite number
 */
export type LargeStep = (image: LargeImage) => Promise<SamplingPlan>;

export const largeStep = (model: LargeImageClassifier, mode: Mode): LargeStep =>
  mode === "infer" ? inferStep(model) : trainStep(model);

const inferStep =
  (model: LargeImageClassifier): LargeStep =>
  async (image) => {
    const { probabilities, plans } = await model.predict(image);
    requireFinite("a probability", probabilities);
    return plans[0]!;
  };

/** A learning rate so small that no weight moves far, however many steps are taken. */
const LEARNING_RATE = 1e-4;
const LABEL = 1;

/** A training step of a batch of one image: sampling, cross-entropy and its gradients, plain gradient descent. */
function trainStep(model: LargeImageClassifier): LargeStep {
  const optimizer = sgd();
  let step = 0;
  return async (image) => {
    const ctx = trainingContext(rng(0).split("step", step++));
    const sampled = await model.sample(image, ctx);
    const inputs = model.collate([sampled], ctx);
    const loss = () => tf.tidy(() => crossEntropy(model.forward(inputs, ctx).logits, tf.tensor1d([LABEL], "int32")));
    const { value, gradients } = valueAndGradients(model.params, loss);
    tf.dispose(inputs);
    requireFinite("the loss", await value.data());
    tf.tidy(() => updateParams(optimizer, model.params, {}, gradients, { learningRate: tf.scalar(LEARNING_RATE) }));
    tf.dispose([value, gradients]);
    for (const [name, param] of Object.entries(model.params)) requireFinite(`weight ${name}`, await param.data());
    return sampled.plan;
  };
}

function requireFinite(what: string, values: ArrayLike<number>): void {
  const bad = Array.from(values).find((value) => !Number.isFinite(value));
  if (bad !== undefined) throw new Error(`expected ${what} to be a finite number, got ${bad}.`);
}
