import { engines, useEngine } from "@fovea/engine";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cases } from "../src/cases/all.js";
import { trainStep } from "../src/worker/steps.js";

const onnxruntime = engines.find(({ name }) => name === "onnxruntime")!;
const trainable = cases.filter(({ modes }) => modes?.includes("train") ?? true);

describe("a training step on onnxruntime leaves no kernel to JavaScript for want of a native one", () => {
  let before: string;
  beforeAll(async () => {
    before = tf.getBackend();
    await useEngine("onnxruntime");
  });
  afterAll(async () => void (await tf.setBackend(before)));

  it.each(trainable)("$name", async ({ make, image }) => {
    const subject = await make({ batch: 2, views: 3, image: image?.tiny ?? 0, seed: 0, tiny: true });
    const counted = onnxruntime.fallbacks!();
    await trainStep(subject, 0)();
    expect(onnxruntime.fallbacks!()).toEqual(counted);
    subject.dispose();
  });
});
