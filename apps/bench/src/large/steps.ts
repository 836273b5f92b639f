import { crossEntropy } from "@fovea/losses";
import type { LargeImageClassifier } from "@fovea/models";
import { rng, trainingContext, type LargeImage } from "@fovea/nn";
import type { SamplingPlan } from "@fovea/patch-sampling";
import { sgd } from "@fovea/train";
import * as tf from "@tensorflow/tfjs-core";
import { gradients } from "../child/gradients.js";
import type { Mode } from "../job.js";

/** All that is done with one picture. Says where it was looked at. @throws Error if what comes out is no number */
export type LargeStep = (picture: LargeImage) => Promise<SamplingPlan>;

export const largeStep = (model: LargeImageClassifier, mode: Mode): LargeStep =>
  mode === "infer" ? inferStep(model) : trainStep(model);

const inferStep =
  (model: LargeImageClassifier): LargeStep =>
  async (picture) => {
    const { probabilities, plans } = await model.predict(picture);
    requireNumbers("a probability", probabilities);
    return plans[0]!;
  };

/** So small that no weight moves far, however many steps are taken. */
const LEARNING_RATE = 1e-4;
const LABEL = 1;

/** A batch of this one picture: look, cross-entropy and its gradients, plain gradient descent. */
function trainStep(model: LargeImageClassifier): LargeStep {
  const optimizer = sgd();
  let step = 0;
  return async (picture) => {
    const ctx = trainingContext(rng(0).split("step", step++));
    const seen = await model.sample(picture, ctx);
    const loss = () => tf.tidy(() => crossEntropy(model.forward([seen], ctx).logits, tf.tensor1d([LABEL], "int32")));
    const slopes = gradients({ params: model.params, inputs: {}, loss }, ctx, (value) => {
      requireNumbers("the loss", [value]);
    });
    for (const [name, param] of Object.entries(model.params))
      if (slopes[name]) optimizer.update(param, slopes[name], {}, { name, learningRate: LEARNING_RATE });
    tf.dispose(slopes);
    for (const [name, param] of Object.entries(model.params)) requireNumbers(`weight ${name}`, await param.data());
    return seen.plan;
  };
}

function requireNumbers(what: string, values: ArrayLike<number>): void {
  const bad = Array.from(values).find((value) => !Number.isFinite(value));
  if (bad !== undefined) throw new Error(`${what} is ${bad}`);
}
