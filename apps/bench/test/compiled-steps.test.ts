import { dropout, linear, sequential } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Subject } from "../src/cases/case.js";
import { COMPILED } from "../src/job.js";
import { findCase } from "../src/cases/all.js";
import { subjectChecksums } from "../src/worker/check.js";
import { checksum, difference } from "../src/worker/checksum.js";
import { compareChecksums } from "../src/worker/compare-checksums.js";
import type { Compile } from "../src/worker/compile.js";
import { compiledInferStep, compiledTrainStep } from "../src/worker/compiled-steps.js";
import { start } from "../src/worker/start.js";
import { trainStep, total, type Step } from "../src/worker/steps.js";

const STEPS = 3;
const tiny = { batch: 2, views: 3, image: 32, seed: 0, tiny: true };

/** A network with dropout between two layers: each step must draw the mask of that step. */
function withDropout(): Subject {
  const layers = sequential({
    0: linear({ in: 5, out: 40, seed: 1 }),
    1: dropout({ rate: 0.5 }),
    2: linear({ in: 40, out: 3, seed: 2 }),
  });
  const x = tf.tensor2d([1, -2, 3, -4, 5, 0.1, 0.2, 0.3, 0.4, 0.5], [2, 5]);
  const forward: Subject["forward"] = (ctx) => layers.forward(x, ctx);
  const loss: Subject["loss"] = (ctx) => tf.tidy(() => tf.mul(100, tf.mean(tf.square(forward(ctx)))) as tf.Scalar);
  return {
    params: layers.params,
    inputs: {},
    forward,
    loss,
    dispose: () => [layers, x].forEach((one) => one.dispose()),
  };
}

/** The numbers of all weights after some steps. */
async function weightsAfter(subject: Subject, step: Step): Promise<number[]> {
  for (let i = 0; i < STEPS; i++) expect(total(await step())).toBeGreaterThan(0);
  return Object.values(subject.params).flatMap((param) => [...param.dataSync()]);
}

const apart = (x: readonly number[], y: readonly number[]) => Math.max(...x.map((v, i) => Math.abs(v - y[i]!)));

describe("a compiled step", () => {
  let [before, compile] = ["", undefined as unknown as Compile];
  beforeAll(async () => {
    before = tf.getBackend();
    compile = (await start({ engine: COMPILED })).compile!;
  });
  afterAll(async () => void (await tf.setBackend(before)));

  it.each([
    ["with dropout", async () => withDropout()],
    ["of several views", async () => findCase("model/mv-hfmd").make(tiny)],
  ])("of training moves the weights as an eager one: %s", async (_, make) => {
    const [eager, compiled] = [await make(), await make()];
    const step = compiledTrainStep(compiled, 7, compile);
    const expected = await weightsAfter(eager, trainStep(eager, 7));
    const found = await weightsAfter(compiled, step.step);
    step.dispose();
    expect(apart(expected, found)).toBeLessThan(1e-5);
    [eager, compiled].forEach((subject) => subject.dispose());
  });

  it("moves them by more than that, and by another mask with another seed", async () => {
    const [one, other] = [withDropout(), withDropout()];
    const start = Object.values(one.params).flatMap((param) => [...param.dataSync()]);
    const [a, b] = [compiledTrainStep(one, 7, compile), compiledTrainStep(other, 8, compile)];
    const [first, second] = [await weightsAfter(one, a.step), await weightsAfter(other, b.step)];
    expect(apart(start, first)).toBeGreaterThan(1e-2);
    expect(apart(first, second)).toBeGreaterThan(1e-2);
    [a, b, one, other].forEach((part) => part.dispose());
  });

  it("computes the gradients of inputs, though nothing reads them", async () => {
    const subject = await findCase("op/conv-3x3").make(tiny);
    const found: tf.Tensor[] = [];
    const keeping: Compile = (fn, options) => {
      const compiled = compile(fn, options);
      return Object.assign(
        ((...args) => {
          const results = compiled(...args);
          found.push(...(results as { inputs: tf.Tensor[] }).inputs.map((gradient) => tf.clone(gradient)));
          return results;
        }) as typeof compiled,
        { dispose: compiled.dispose },
      );
    };
    const step = compiledTrainStep(subject, 0, keeping);
    await step.step();
    const expected = await subjectChecksums(subject, "train");
    const names = Object.keys(subject.inputs);
    const checksums = names.map((name, i) => checksum(name, found[i]!.dataSync()));
    const ofInputs = names.map((name) => expected.find((one) => one.name === name)!);
    expect(difference(checksums, ofInputs)).toBeLessThan(1e-4);
    tf.dispose(found);
    [step, subject].forEach((part) => part.dispose());
  });

  it.each(["infer", "train"] as const)("has the numbers of an eager one: %s", async (mode) => {
    const subject = await findCase("fusion/vector-attention").make(tiny);
    const expected = await subjectChecksums(subject, mode);
    const { difference } = compareChecksums(await subjectChecksums(subject, mode, compile), expected);
    expect(difference).toBeLessThan(1e-4);
    subject.dispose();
  });

  it("leaves no tensors behind, and no parts of a step to tell apart", async () => {
    const subject = withDropout();
    const step = compiledInferStep(subject, compile);
    const { backward, optimizer } = await step.step();
    const { numTensors } = tf.memory();
    await step.step();
    expect([backward, optimizer, tf.memory().numTensors]).toEqual([0, 0, numTensors]);
    [step, subject].forEach((part) => part.dispose());
  });
});
