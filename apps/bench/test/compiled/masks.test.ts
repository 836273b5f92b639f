import { convNet } from "@fovea/backbones";
import { lstmPhraseEncoder } from "@fovea/bimodal";
import { channelGroups, channelMask, mcLoss } from "@fovea/losses";
import { bimodalPma } from "@fovea/models";
import { deferredRng, dropout, dropPath, rng, trainingContext, type Context } from "@fovea/nn";
import { perturbParams, randomTensor } from "@fovea/nn/testing";
import { compile } from "@fovea/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it, onTestFinished } from "vitest";

const STEPS = [0, 1, 2, 3, 4];
const streamOf = (step: number) => rng(5).split("step", step);

/** What a function of a training context gives in each of some steps, compiled and not. */
function inEachStep(compute: (ctx: Context) => tf.Tensor): { eager: number[][]; compiled: number[][] } {
  let step = 0;
  const run = compile(() => compute(trainingContext(deferredRng(() => streamOf(step)))), {
    beforeRecording: (attempt) => void (step = attempt),
  });
  onTestFinished(() => run.dispose());
  run().dispose(); // which records, and so chooses steps
  const numbers = (f: () => tf.Tensor) => tf.tidy(() => Array.from(f().dataSync()));
  return {
    eager: STEPS.map((step) => numbers(() => compute(trainingContext(streamOf(step))))),
    compiled: STEPS.map((number) => ((step = number), numbers(run))),
  };
}

const differ = (rows: readonly number[][]) => expect(new Set(rows.map(String)).size).toBe(rows.length);

describe("what is random is eager's in each step, to the bit:", () => {
  it.each([
    ["dropout", dropout({ rate: 0.4 })],
    ["dropPath", dropPath({ rate: 0.4 })],
  ])("%s", (_, layer) => {
    const x = tf.ones([50, 6]);
    const { eager, compiled } = inEachStep((ctx) => layer.forward(x, ctx));
    expect(compiled).toEqual(eager);
    differ(eager);
  });

  it.each([true, false])("the channels that mcLoss keeps, of each sample: %s", (perSample) => {
    const [classes, samples, groups] = [5, 3, channelGroups(23, 5)];
    const maps = tf.ones([samples, 2, 2, 23]) as tf.Tensor4D;
    const labels = tf.zeros([samples], "int32") as tf.Tensor1D;
    const loss = (x: tf.Tensor, ctx: Context) =>
      mcLoss(x as tf.Tensor4D, labels, ctx, { classes, perSample }).terms["discriminality"]!;
    // of equal channels only the first that is kept of a class has a gradient
    const { eager, compiled } = inEachStep((ctx) => tf.notEqual(tf.grad((x) => loss(x, ctx))(maps), 0));
    expect(compiled).toEqual(eager);
    expect(new Set(eager.map(String)).size).toBeGreaterThan(2);
    STEPS.forEach((step) => {
      const masks = Array.from({ length: samples }, (_, b) => [
        ...channelMask(groups, streamOf(step), perSample ? b : 0),
      ]);
      compiled[step]!.forEach((hasGradient, i) => {
        if (hasGradient) expect(masks[Math.floor(i / (4 * 23))]![i % 23]).toBe(1);
      });
    });
  });

  it("the texts that bimodalPma leaves out", () => {
    const phrases = lstmPhraseEncoder({ size: 10, embedding: 3, hidden: 4 });
    const options = { classes: 5, missingText: "zeros", textDropout: 0.5, dropout: 0 } as const;
    const model = perturbParams(bimodalPma(convNet({ channels: [4, 6] }), phrases, { ...options, finalDim: 6 }));
    onTestFinished(() => model.dispose());
    const images = tf.tidy(() => tf.tile(randomTensor<tf.Tensor4D>([1, 16, 16, 3]), [8, 1, 1, 1]));
    const words = tf.tidy(() => tf.tile(tf.tensor3d([[[3, 4], [5, 6]]], undefined, "int32"), [8, 1, 1])); // prettier-ignore
    const without = (ctx: Context) => {
      const logits = model.forward(images, words, ctx);
      const none = model.forward(images, null, ctx);
      return tf.less(tf.max(tf.abs(tf.sub(logits, none)), 1), 1e-4);
    };
    const { eager, compiled } = inEachStep(without);
    expect(compiled).toEqual(eager);
    differ(eager);
  });
});
