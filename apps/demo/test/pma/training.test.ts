import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultsOf, type Prepared, type RunContext, type Stage } from "@fovea/experiment";
import { inferenceContext, rng, trainableParams, trainingContext } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { PmaBatch } from "../../src/pma/batches.js";
import { prepare } from "../../src/pma/data.js";
import { experiment } from "../../src/pma/experiment.js";
import type { Network } from "../../src/pma/network.js";
import { networks } from "../../src/pma/networks.js";
import { settings as spec } from "../../src/pma/settings.js";
import type { PmaData, SavedWords } from "../../src/pma/task.js";
import { ownList } from "./own-list.js";

let root: string;
let prepared: Prepared<PmaData>;
let context: RunContext;
const settings = { ...defaultsOf(spec), size: 64, epochs: 1, batch: 4, phraseDim: 8, finalDim: 8 };

beforeAll(async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  root = await mkdtemp(join(tmpdir(), "fovea-pma-training-"));
  context = { command: "run", out: join(root, "out"), resume: false, variants: networks.map(({ id }) => id) };
  Object.assign(settings, { data: `list:${await ownList(join(root, "own"))}` });
  prepared = await prepare(settings, context);
}, 120_000);
afterAll(async () => {
  await prepared.dispose?.();
  vi.restoreAllMocks();
  await rm(root, { recursive: true, force: true });
});

const variant = (id: string) => experiment.variants.find((one) => one.id === id)!;
const build = async (id: string) => variant(id).build(settings, prepared.data, context);

async function stageOf(id: string, model: Network): Promise<Stage<PmaBatch>> {
  for await (const stage of variant(id).stages(model, settings, prepared.data)) return stage as Stage<PmaBatch>;
  throw new Error("no stage");
}

describe.each(networks.map((network) => [network.id, network] as const))("%s", (id, { text, distilled }) => {
  it("learns: every weight that it may move has a gradient, and no other", async () => {
    const model = await build(id);
    const { batches, loss } = await stageOf(id, model);
    const batch = await batches.batch(0);
    const { value, grads } = tf.variableGrads(() => loss(batch, trainingContext(rng(3))) as tf.Scalar);
    expect(Number.isFinite(value.dataSync()[0])).toBe(true);
    const moved = Object.keys(trainableParams(model)).filter((key) => model.params[key]!.name in grads);
    expect(moved).toEqual(Object.keys(trainableParams(model)));
    expect(Object.keys(grads)).toHaveLength(moved.length); // none of the teacher
    tf.dispose([batch, value, grads]);
    model.dispose();
  });

  it(`${text === "none" ? "does not depend" : "depends"} on the words${distilled ? ", nor on the labels" : ""}`, async () => {
    const model = await build(id);
    const stage = await stageOf(id, model);
    const batch = await stage.batches.batch(0);
    const other = { ...batch, words: tf.onesLike(batch.words) };
    const of = (given: PmaBatch) => tf.tidy(() => (stage.loss(given, inferenceContext()) as tf.Scalar).dataSync()[0]!);
    const logits = (given: PmaBatch) => tf.tidy(() => [...model.forward(given.features as tf.Tensor4D, given.words, inferenceContext(), { from: "block_10_project_BN" }).dataSync()]); // prettier-ignore
    if (text === "none") expect(logits(other)).toEqual(logits(batch));
    else expect(logits(other)).not.toEqual(logits(batch));
    const swapped = { ...batch, labels: tf.tidy(() => tf.cast(tf.sub(1, batch.labels), "int32") as tf.Tensor1D) };
    if (distilled) expect(of(swapped)).toBe(of(batch));
    else expect(of(swapped)).not.toBe(of(batch));
    tf.dispose([batch, other.words, swapped.labels]);
    model.dispose();
  });
});

it("makes training batches of one shape, so that a step is compiled once", async () => {
  const model = await build("pma");
  const { batches } = await stageOf("pma", model);
  const all = await Promise.all(Array.from({ length: 6 }, (_, step) => batches.batch(step)));
  const shapes = new Set(all.map(({ words }) => words.shape.join(" × ")));
  const wide = Math.max(...all.flatMap(({ words }) => (words.arraySync() as number[][][]).flat().map((ids) => ids.filter((id) => id > 0).length))); // prettier-ignore
  expect(shapes.size).toBe(1);
  expect(all[0]!.words.shape[2]).toBeGreaterThanOrEqual(wide);
  expect(all[0]!.words.shape[2]).toBeLessThan(8); // the limit is 16, but no phrase is so long
  tf.dispose(all);
  model.dispose();
});

it("has the student learn from the teacher as it predicts: without dropout", async () => {
  const model = await build("student"); // which has no dropout itself
  const { batches, loss } = await stageOf("student", model);
  const batch = await batches.batch(0);
  const of = (seed: number) => tf.tidy(() => (loss(batch, trainingContext(rng(seed))) as tf.Scalar).dataSync()[0]!);
  expect(of(1)).toBe(of(2));
  tf.dispose(batch);
  model.dispose();
});

it("gives the student and its baseline the same network, the same first weights and the same batches", async () => {
  const [a, b] = [await build("cnn"), await build("student")];
  expect(Object.keys(a.params)).toEqual(Object.keys(b.params));
  for (const key of Object.keys(a.params))
    expect([...a.params[key]!.dataSync()]).toEqual([...b.params[key]!.dataSync()]);
  const [one, other] = [await (await stageOf("cnn", a)).batches.batch(1), await (await stageOf("student", b)).batches.batch(1)]; // prettier-ignore
  for (const name of ["features", "labels", "words"] as const)
    expect([...one[name].dataSync()]).toEqual([...other[name].dataSync()]);
  tf.dispose([one, other]);
  [a, b].forEach((model) => model.dispose());
});

it("keeps the phrases in a file, and the vocabulary with the model", async () => {
  const file = await readFile(join(context.out, "phrases.jsonl"), "utf8");
  expect(file).toContain('"phrases": ["bird", "red crown", "long bill"]');
  expect((prepared.saved as SavedWords).vocabulary.words).toEqual(expect.arrayContaining(["long"]));
});

it("goes on with a teacher of the same words alone: phrases may be edited between two runs", async () => {
  await prepared.data.teacher();
  const path = join(context.out, `teacher/seed-${settings.seed}.json`);
  const made = JSON.parse(await readFile(path, "utf8")) as { settings: { vocabulary?: string } };
  expect(made.settings.vocabulary).toBe(prepared.data.vocabulary.fingerprint);
});
