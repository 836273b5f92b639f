import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SegmentationBatch } from "@fovea/data";
import { defaultsOf, runStage, type Prepared, type RunContext, type Stage, type TrainedStage } from "@fovea/experiment";
import { inferenceContext, rng, trainableParams, trainingContext } from "@fovea/nn";
import type { Segmenter } from "@fovea/segmentation";
import { bestCheckpoint, loadCheckpoint } from "@fovea/train/node";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { prepare } from "../../src/apd/data.js";
import { experiment } from "../../src/apd/experiment.js";
import { settings as spec } from "../../src/apd/settings.js";
import type { ApdData } from "../../src/apd/task.js";
import { labelsAlone, stagesOf } from "../../src/apd/training.js";
import { TEACHER, trainings } from "../../src/apd/variants.js";
import { ownFolder } from "./own-folder.js";

let root: string;
let prepared: Prepared<ApdData>;
let context: RunContext;
const settings = { ...defaultsOf(spec), size: 33, width: 2, dim: 8, epochs: 1, batch: 3, teacherEpochs: 1 };

beforeAll(async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  root = await mkdtemp(join(tmpdir(), "fovea-apd-training-"));
  context = { command: "run", out: join(root, "out"), resume: false, variants: [] };
  Object.assign(settings, { data: `folder:${await ownFolder(join(root, "own"))}` });
  prepared = await prepare(settings, context);
  await prepared.data.teacher();
}, 120_000);
afterAll(async () => {
  await prepared.dispose?.();
  vi.restoreAllMocks();
  await rm(root, { recursive: true, force: true });
});

type AnyStage = Stage<SegmentationBatch> | TrainedStage;
const variant = (id: string) => experiment.variants.find((one) => one.id === id)!;
const build = async (id: string) => variant(id).build(settings, prepared.data, context);
const stagesFor = (id: string, model: Segmenter) =>
  (variant(id).stages(model, settings, prepared.data) as AsyncIterable<AnyStage>)[Symbol.asyncIterator]();

/** Gives a task the only stage of a variant, then ends it. */
async function withStage<T>(id: string, model: Segmenter, task: (stage: Stage<SegmentationBatch>) => Promise<T>) {
  const stages = stagesFor(id, model);
  try {
    return await task((await stages.next()).value as Stage<SegmentationBatch>);
  } finally {
    await stages.return?.();
  }
}

const students = trainings.filter(({ id }) => id !== TEACHER).map((training) => [training.id, training] as const);

describe.each(students)("%s", (id, { lesson }) => {
  it("learns: every weight that it may move has a gradient, and none of the teacher; nothing is left behind", async () => {
    const before = tf.memory().numTensors;
    const model = await build(id);
    await withStage(id, model, async ({ module, batches, loss }) => {
      const batch = await batches.batch(0);
      const found = tf.variableGrads(() => (loss(batch, trainingContext(rng(3))) as { total: tf.Scalar }).total);
      expect(Number.isFinite(found.value.dataSync()[0])).toBe(true);
      const own = trainableParams(module!);
      expect(Object.keys(found.grads).sort()).toEqual(Object.values(own).map(({ name }) => name).sort()); // prettier-ignore
      const projections = Object.keys(own).filter((name) => name.startsWith("projection."));
      expect(projections.length > 0).toBe(id.startsWith("apd"));
      tf.dispose([batch, found.value, found.grads]);
    });
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it(`${lesson ? "depends" : "does not depend"} on the teacher`, async () => {
    const model = await build(id);
    const { model: teacher } = await prepared.data.teacher();
    const weight = teacher.params["classifier.4.weight"]!;
    const kept = weight.clone();
    await withStage(id, model, async ({ batches, loss }) => {
      const batch = await batches.batch(0);
      const of = () =>
        tf.tidy(() => (loss(batch, trainingContext(rng(1))) as { total: tf.Scalar }).total.dataSync()[0]!);
      const first = of();
      expect(of()).toBe(first);
      // of APD's terms, only that of pixels looks at the teacher's logits
      tf.tidy(() => weight.assign(tf.mul(weight, -1)));
      if (lesson) expect(of()).not.toBe(first);
      else expect(of()).toBe(first);
      weight.assign(kept);
      tf.dispose(batch);
    });
    kept.dispose();
    model.dispose();
  });
});

it("gives all students the same first weights and the same crops", async () => {
  const of = async (id: string) => {
    const model = await build(id);
    const numbers = await withStage(id, model, async ({ batches }) => {
      const batch = await batches.batch(1);
      const pixels = [...batch.images.dataSync()];
      tf.dispose(batch);
      return pixels;
    });
    const weights = Object.entries(model.params).map(([key, param]) => [key, ...param.dataSync()]);
    model.dispose();
    return { numbers, weights };
  };
  expect(await of("apd")).toEqual(await of("student"));
});

it("is the teacher itself that the variant of that name is", async () => {
  const model = await build(TEACHER);
  const { model: teacher, stage } = await prepared.data.teacher();
  const stages = stagesFor(TEACHER, model);
  expect((await stages.next()).value).toEqual(stage);
  const image = tf.ones<tf.Rank.R4>([1, 33, 33, 3]);
  const [own, its] = [model, teacher].map((net) => net.forward(image, inferenceContext()));
  expect([...own!.logits.dataSync()]).toEqual([...its!.logits.dataSync()]);
  tf.dispose([image, own as never, its as never]);
  model.dispose();
});

it("leaves nothing of the distillation in the checkpoint of the best epoch", async () => {
  const model = await build("apd");
  const { model: teacher } = await prepared.data.teacher();
  const lesson = trainings.find(({ id }) => id === "apd")!.lesson!(settings);
  const where = { folder: join(root, "apd"), resume: false, seed: 0, selectBy: "miou", config: {}, signal: undefined };
  for await (const stage of stagesOf(model, settings, prepared.data, lesson, teacher)) {
    const { curves } = await runStage(model, stage, where);
    const terms = ["crossEntropy", "auxiliary", "pixel", "adaptive", "alignment", "projection"];
    expect(Object.keys(curves)).toEqual(terms);
  }
  const { weights, variables, dispose } = await loadCheckpoint(bestCheckpoint(where.folder));
  expect(Object.keys(weights).sort()).toEqual(Object.keys({ ...model.params, ...model.buffers }).sort());
  expect(Object.keys(variables).filter((name) => name.includes("projection"))).toEqual([]);
  for (const [name, param] of Object.entries(model.params))
    expect([...param.dataSync()]).toEqual([...weights[name]!.dataSync()]);
  dispose();
  model.dispose();
});

it("needs no teacher for labels alone", async () => {
  const model = await build("student");
  const stages = stagesOf(model, settings, prepared.data, labelsAlone);
  const { value } = (await stages.next()) as { value: Stage<SegmentationBatch> };
  expect(Object.keys(value.module!.params)).toEqual(Object.keys(model.params));
  await stages.return(undefined);
  model.dispose();
});
