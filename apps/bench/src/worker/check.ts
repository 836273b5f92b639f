import * as tf from "@tensorflow/tfjs-core";
import { inferenceContext, rng, trainingContext, valueAndGradients, type Module } from "@fovea/nn";
import { perturbParams } from "@fovea/nn/testing";
import { tinySize, type Case, type Subject } from "../cases/case.js";
import type { Mode } from "../job.js";
import { checksum, type Checksum } from "./checksum.js";
import { compareChecksums } from "./compare-checksums.js";
import type { Expected } from "./protocol.js";
import type { Compile } from "./compile.js";

const SEED = 0;

/**
 * Checksums of what this engine computes for a case at its tiny size: its output, or its loss and every gradient.
 *
 * @param compile - computes each as one graph. Default: operation by operation
 */
export async function checksumsOf(one: Case, mode: Mode, compile?: Compile): Promise<Checksum[]> {
  const subject = await one.make(tinySize(one, SEED));
  try {
    perturb(subject);
    return await subjectChecksums(subject, mode, compile);
  } finally {
    subject.dispose();
  }
}

/** How far this engine's numbers are from the reference engine's, and whether that is too far. */
export const compareWith = async (one: Case, mode: Mode, expected: Expected, compile?: Compile) =>
  compareChecksums(await checksumsOf(one, mode, compile), expected);

/** Checksums of a subject's output, or of its loss and every gradient. */
export const subjectChecksums = (subject: Subject, mode: Mode, compile?: Compile): Promise<Checksum[]> =>
  mode === "infer" ? outputChecksums(subject, compile) : gradientChecksums(subject, compile);

/** Adds a little noise to every weight: a head that starts at zero would hide whatever comes before it. */
export const perturb = (model: Pick<Module, "params">): void => void perturbParams(model, SEED, 0.05);

async function outputChecksums(subject: Subject, compile?: Compile): Promise<Checksum[]> {
  const output = once(() => subject.forward(inferenceContext()), compile);
  const values = await output.data();
  output.dispose();
  return [checksum("output", values)];
}

async function gradientChecksums(subject: Subject, compile?: Compile): Promise<Checksum[]> {
  const ctx = trainingContext(rng(SEED).split("check"));
  const leaves = { ...subject.params, ...subject.inputs };
  const { value, gradients } = once(() => valueAndGradients(leaves, () => subject.loss(ctx)), compile);
  const named = Object.entries({ loss: value, ...gradients });
  const each = await Promise.all(named.map(async ([name, tensor]) => checksum(name, await tensor.data())));
  tf.dispose([value, gradients]);
  return each;
}

/** What `fn` returns, called as it is or compiled. */
function once<R>(fn: () => R, compile?: Compile): R {
  const compiled = compile?.(fn);
  try {
    return (compiled ?? fn)();
  } finally {
    compiled?.dispose();
  }
}
