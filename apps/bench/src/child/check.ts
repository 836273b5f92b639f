import * as tf from "@tensorflow/tfjs-core";
import { inferenceContext, rng, trainingContext, type Weights } from "@fovea/nn";
import { tinySize, type Case, type Subject } from "../cases/case.js";
import type { Mode } from "../job.js";
import { digest, type Digest } from "./digest.js";
import { gradients } from "./gradients.js";
import type { Expected } from "./protocol.js";
import { verdict } from "./verdict.js";

const SEED = 0;

/** What this engine computes for a case at its tiny size: its output, or its loss and every gradient. */
export async function digestOf(one: Case, mode: Mode): Promise<Digest[]> {
  const subject = await one.make(tinySize(one, SEED));
  try {
    shake(subject.params);
    return await digestSubject(subject, mode);
  } finally {
    subject.dispose();
  }
}

/** How far that is from what the reference engine computed, and whether it is too far. */
export const check = async (one: Case, mode: Mode, expected: Expected) => verdict(await digestOf(one, mode), expected);

/** Its output, or its loss and every gradient. */
export const digestSubject = (subject: Subject, mode: Mode): Promise<Digest[]> =>
  mode === "infer" ? digestOutput(subject) : digestGradients(subject);

/** Moves every weight a little: a head that starts at zero would hide whatever comes before it. */
export function shake(params: Weights): void {
  Object.entries(params).forEach(([name, param]) => {
    const noise = rng(SEED).split("shake", name).normal(param.size, 0, 0.05);
    tf.tidy(() => param.assign(tf.add(param, tf.tensor(noise, param.shape))));
  });
}

async function digestOutput(subject: Subject): Promise<Digest[]> {
  const output = subject.forward(inferenceContext());
  const values = await output.data();
  output.dispose();
  return [digest("output", values)];
}

async function digestGradients(subject: Subject): Promise<Digest[]> {
  let loss = NaN;
  const slopes = gradients(subject, trainingContext(rng(SEED).split("check")), (value) => (loss = value));
  const each = await Promise.all(Object.entries(slopes).map(async ([name, slope]) => digest(name, await slope.data())));
  tf.dispose(slopes);
  return [digest("loss", [loss]), ...each];
}
