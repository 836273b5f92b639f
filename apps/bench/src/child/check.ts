import * as tf from "@tensorflow/tfjs-core";
import { inferenceContext, rng, trainingContext, type Weights } from "@fovea/nn";
import { tinySize, type Case, type Subject } from "../cases/case.js";
import type { Mode } from "../job.js";
import { difference, digest, type Digest } from "./digest.js";
import { gradients } from "./gradients.js";
import type { Expected } from "./protocol.js";

const SEED = 0;

/** Float order alone moves outputs by about 1e-6 and, through the gates of ReLUs, gradients by up to about 1e-3. */
const tolerance: Readonly<Record<Mode, number>> = { infer: 1e-3, train: 1e-2 };

/** What this engine computes for the tiny twin of a case: its output, or its loss and every gradient. */
export async function digestOf(one: Case, mode: Mode): Promise<Digest[]> {
  const subject = await one.make(tinySize(one, SEED));
  try {
    shake(subject.params);
    return mode === "infer" ? await digestOutput(subject) : await digestGradients(subject);
  } finally {
    subject.dispose();
  }
}

/** How far that is from what the reference engine computed, and whether it is too far. */
export async function check(one: Case, mode: Mode, expected: Expected) {
  const apart = difference(await digestOf(one, mode), expected);
  const what = mode === "infer" ? "outputs differ" : "loss or gradients differ";
  return {
    difference: apart,
    invalid: apart <= tolerance[mode] ? null : `${what} from the reference by ${apart.toPrecision(2)}`,
  };
}

/** Moves every weight a little: a head that starts at zero would hide whatever comes before it. */
function shake(params: Weights): void {
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
