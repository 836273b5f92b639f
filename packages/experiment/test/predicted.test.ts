import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inferenceContext, linear, type Layer } from "@fovea/nn";
import { CheckpointError } from "@fovea/train";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { paragraph, runExperiment, textOf, trainedModel, type Experiment } from "../src/index.js";
import { predicted } from "../src/predicted.js";
import { decay } from "./stripes.js";

/** Calls an "image" by how bright it is: `0.5`. */
const asked = {
  ...decay,
  predict: {
    words: "numbers",
    checkpoint: "",
    build: (variant, settings) => decay.variants.find(({ id }) => id === variant.id)!.build(settings, null as never, null as never), // prettier-ignore
    find(path, { model }, { retries, folder, fail }) {
      if (Number.isNaN(Number(path))) return Promise.reject(new Error(`${path} is no number`));
      if (retries > 0) fail(`half of ${path} in ${folder}`);
      const logits = tf.tidy(() => model.forward(tf.fill([1, 8, 8, 1], Number(path)), inferenceContext()).dataSync());
      return Promise.resolve([`${path}: ${logits.length} logits`]);
    },
    report: (found, { variant, classes }) => [paragraph(`${variant.id}, ${classes.join(" or ")}: ${found.join("; ")}`)],
  },
} satisfies Experiment<typeof decay.settings, unknown, Layer, unknown, (typeof decay.variants)[number], string>;
const value = asked as unknown as Experiment;

let out: string;
const checkpoint = () => join(out, "checkpoints/seed-0/plain/best.safetensors");
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), "fovea-predicted-"));
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const options = { command: "run", seeds: 1, variants: ["plain"], resume: false, typed: "", engine: "cpu" } as const;
  await runExperiment(decay, { epochs: 1, rates: [], seed: 0 }, { ...options, out });
});
afterAll(async () => {
  vi.restoreAllMocks();
  await rm(out, { recursive: true, force: true });
});

it("asks the model of a checkpoint about each image, names what cannot be read, and leaves nothing behind", async () => {
  const before = tf.memory().numTensors;
  const { sections, failures } = await predicted(value, ["0.5", "x", "1"], checkpoint(), { retries: 1, folder: out });
  expect(textOf(sections)).toBe("plain, horizontal or vertical: 0.5: 2 logits; 1: 2 logits");
  expect(failures).toEqual([`half of 0.5 in ${out}`, "x is no number", `half of 1 in ${out}`]);
  await expect(predicted(value, ["x", "y"], checkpoint(), { retries: 0, folder: out })).rejects.toThrow(
    "predict: no image can be read in x, y. x is no number y is no number",
  );
  expect(tf.memory().numTensors).toBe(before);
});

it("gives a prediction what was saved beside the weights", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fovea-saved-"));
  const saving = { ...asked, prepare: async (settings: never, context: never) => ({ ...(await decay.prepare(settings, context)), saved: { words: ["red"] } }) }; // prettier-ignore
  const options = { command: "run", seeds: 1, variants: ["plain"], resume: false, typed: "", engine: "cpu" } as const;
  await runExperiment(
    saving as unknown as typeof decay,
    { epochs: 1, rates: [], seed: 0 },
    { ...options, out: folder },
  );
  const build = vi.fn(asked.predict.build);
  const path = join(folder, "checkpoints/seed-0/plain/best.safetensors");
  const { model, saved } = await trainedModel(
    { ...value, predict: { ...value.predict!, build: build as never } },
    path,
  );
  model.dispose();
  expect(saved).toEqual({ words: ["red"] });
  expect(build.mock.lastCall!.at(3)).toEqual({ words: ["red"] });
  await rm(folder, { recursive: true, force: true });
});

it("knows the checkpoints of its variants, with defaults for settings that are newer", async () => {
  const { model, variant, settings } = await trainedModel(value, checkpoint());
  expect([variant.id, settings]).toEqual(["plain", { epochs: 1, rates: [0.001, 0.1], seed: 0 }]);
  model.dispose();
  const other = trainedModel({ ...value, id: "other" }, checkpoint());
  await expect(other).rejects.toThrow(CheckpointError);
  await expect(other).rejects.toThrow("is of no variant of other, but of `decay plain`");
});

it("refuses weights that do not fit, and leaves nothing behind", async () => {
  const before = tf.memory().numTensors;
  const build = () => linear({ in: 8, out: 3 });
  const unfit = trainedModel({ ...asked, predict: { ...asked.predict, build } }, checkpoint());
  await expect(unfit).rejects.toThrow("loadWeights: nothing was loaded: missing `weight`");
  expect(tf.memory().numTensors).toBe(before);
});
