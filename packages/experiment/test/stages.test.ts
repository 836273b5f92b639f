import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { joinModules, linear, type Layer } from "@fovea/nn";
import { constant, sgd } from "@fovea/train";
import { loadCheckpoint } from "@fovea/train/node";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  html,
  figures,
  runExperiment,
  runStage,
  type RunOptions,
  type Stage,
  type TrainedStage,
} from "../src/index.js";
import { decay } from "./stripes.js";

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), "fovea-stages-"));
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(out, { recursive: true, force: true });
});

const settings = { epochs: 2, rates: [], seed: 0 };
const plain = decay.variants[0]!;

/** The model, the data and the stage of the plain variant. */
async function parts() {
  const { data } = await decay.prepare(settings, null as never);
  const model = (await plain.build(settings, data, null as never)) as Layer;
  const [stage] = [...(plain.stages(model, settings, data) as Iterable<Stage<never>>)];
  return { model, stage: stage! };
}
const where = () => ({ folder: join(out, "stage"), resume: false, seed: 0, selectBy: "accuracy", config: {}, signal: undefined }); // prettier-ignore

it("records a stage that was trained before, and does not train it again", async () => {
  const before: TrainedStage = { name: "", seconds: 7, curves: { loss: [1] }, validation: { accuracy: [0.9] }, best: { epoch: 1, value: 0.9 } }; // prettier-ignore
  const variant = { ...plain, stages: () => [before] };
  const options: RunOptions = { command: "run", seeds: 1, variants: ["plain"], out, resume: false, typed: "", engine: "cpu" }; // prettier-ignore
  const { results } = await runExperiment({ ...decay, variants: [variant] }, settings, options);
  expect(results!.records[0]!.stages).toEqual([{ ...before, test: null }]);
  expect(results!.rows.find(({ split }) => split === "validation")!.value).toBe(0.9);
  expect(results!.records[0]!.test).not.toBeNull();
});

it("trains more than the model, by an optimizer of its own, and keeps the model alone", async () => {
  const { model, stage } = await parts();
  const beside = linear({ in: 1, out: 1, bias: false, seed: 1 });
  const module = joinModules({ "": model, beside });
  const weight = beside.params["weight"]!;
  const first = weight.dataSync()[0]!;
  // d (0.5 w) / dw = 0.5
  const loss: Stage<never>["loss"] = (batch, ctx) => tf.add(stage.loss(batch, ctx) as tf.Tensor, tf.mul(0.5, tf.sum(weight))); // prettier-ignore
  const groups = { "beside.": { optimizer: sgd() } };
  const schedules = { "learningRate/beside.": constant(0.01) };
  const trained = await runStage(model, { ...stage, module, loss, groups, schedules }, where());
  const [steps] = [trained.curves["loss"]!.length];
  expect(weight.dataSync()[0]).toBeCloseTo(first - steps * 0.01 * 0.5, 5);

  const best = await loadCheckpoint(join(out, "stage/best.safetensors"));
  expect(Object.keys(best.variables).filter((name) => name.includes("beside"))).toEqual([]);
  expect(Object.keys(best.weights).sort()).toEqual(Object.keys(model.params).sort());
  for (const [name, param] of Object.entries(model.params))
    expect([...param.dataSync()]).toEqual([...best.weights[name]!.dataSync()]); // those of the best epoch
  best.dispose();
  const last = await loadCheckpoint(join(out, "stage/last.safetensors"));
  expect(Object.keys(last.weights)).toContain("beside.weight"); // from which training goes on
  last.dispose();
  module.dispose();
});

it("leaves the model with the weights of its best epoch also beside another module", async () => {
  const { model, stage } = await parts();
  const beside = linear({ in: 1, out: 1, seed: 1 });
  const module = joinModules({ "": model, beside });
  let epoch = 0;
  const validate = () => Promise.resolve({ accuracy: [0.8, 0.7][epoch++]! });
  const seen: number[][] = [];
  const loss: Stage<never>["loss"] = (batch, ctx) =>
    tf.add(stage.loss(batch, ctx) as tf.Tensor, tf.sum(beside.params["weight"]!));
  const watched = async () => {
    seen.push(Object.values(model.params).flatMap((param) => [...param.dataSync()]));
    return validate();
  };
  await runStage(model, { ...stage, module, loss, validate: watched }, where());
  expect(Object.values(model.params).flatMap((param) => [...param.dataSync()])).toEqual(seen[0]);
  expect(seen[1]).not.toEqual(seen[0]);
  module.dispose();
});

it("goes on with what it trained beside the model after an interruption", async () => {
  const train = async (folder: string, interrupted: boolean) => {
    const { model, stage } = await parts();
    const beside = linear({ in: 1, out: 1, bias: false, seed: 1 });
    const module = joinModules({ "": model, beside });
    const stop = new AbortController();
    const loss: Stage<never>["loss"] = (batch, ctx) =>
      tf.add(stage.loss(batch, ctx) as tf.Tensor, tf.sum(tf.square(beside.params["weight"]!)));
    const validate = () => {
      if (interrupted) stop.abort(new Error("stopped"));
      return Promise.resolve({ accuracy: 0.5 });
    };
    const given = { ...stage, module, loss, validate, groups: { "beside.": { optimizer: sgd({ momentum: 0.9 }) } } };
    const at = { ...where(), folder: join(out, folder) };
    if (interrupted) {
      await expect(runStage(model, given, { ...at, signal: stop.signal })).rejects.toThrow("stopped");
      interrupted = false;
      await runStage(model, given, { ...at, resume: true });
    } else await runStage(model, given, at);
    const last = await loadCheckpoint(join(out, folder, "last.safetensors"));
    const weights = Object.entries(last.weights).map(([name, value]) => [name, [...value.dataSync()]]);
    last.dispose();
    module.dispose();
    return Object.fromEntries(weights) as Record<string, number[]>;
  };
  const through = await train("through", false);
  expect(await train("interrupted", true)).toEqual(through);
  expect(through["beside.weight"]).toHaveLength(1);
});

it("gives a wide figure the width of the page", async () => {
  const figure = { title: "a", rows: [] };
  const page = await html("", [figures([figure, { ...figure, wide: true }])]);
  expect(page).toContain('<article><h3>a</h3></article>\n<article class="wide"><h3>a</h3></article>');
});
