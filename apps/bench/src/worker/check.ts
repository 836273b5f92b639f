import * as tf from "@tensorflow/tfjs-core";
import { inferenceContext, rng, trainingContext, type Weights } from "@fovea/nn";
import { tinySize, type Case, type Subject } from "../cases/case.js";
import type { Mode } from "../job.js";
import { checksum, type Checksum } from "./checksum.js";
import { compareChecksums } from "./compare-checksums.js";
import { gradients } from "./gradients.js";
import type { Expected } from "./protocol.js";

const SEED = 0;

/** Checksums of what this engine computes for a case at its tiny size: its output, or its loss and every gradient. */
export async function checksumsOf(one: Case, mode: Mode): Promise<Checksum[]> {
  const subject = await one.make(tinySize(one, SEED));
  try {
    perturb(subject.params);
    return await subjectChecksums(subject, mode);
  } finally {
    subject.dispose();
  }
}

/** How far this engine's numbers are from the reference engine's, and whether that is too far. */
export const compareWith = async (one: Case, mode: Mode, expected: Expected) =>
  compareChecksums(await checksumsOf(one, mode), expected);

/** Checksums of a subject's output, or of its loss and every gradient. */
export const subjectChecksums = (subject: Subject, mode: Mode): Promise<Checksum[]> =>
  mode === "infer" ? outputChecksums(subject) : gradientChecksums(subject);

/** Adds a little noise to every weight: a head that starts at zero would hide whatever comes before it. */
export function perturb(params: Weights): void {
  Object.entries(params).forEach(([name, param]) => {
    const noise = rng(SEED).split("shake", name).normal(param.size, 0, 0.05);
    tf.tidy(() => param.assign(tf.add(param, tf.tensor(noise, param.shape))));
  });
}

async function outputChecksums(subject: Subject): Promise<Checksum[]> {
  const output = subject.forward(inferenceContext());
  const values = await output.data();
  output.dispose();
  return [checksum("output", values)];
}

async function gradientChecksums(subject: Subject): Promise<Checksum[]> {
  let loss = NaN;
  const grads = gradients(subject, trainingContext(rng(SEED).split("check")), (value) => (loss = value));
  const each = await Promise.all(Object.entries(grads).map(async ([name, grad]) => checksum(name, await grad.data())));
  tf.dispose(grads);
  return [checksum("loss", [loss]), ...each];
}
