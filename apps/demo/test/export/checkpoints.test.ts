import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vocabularyOf } from "@fovea/bimodal";
import { defaultsOf, type Experiment } from "@fovea/experiment";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { checkFolder } from "../../src/export/commands.js";
import { exportModel } from "../../src/export/export-model.js";
import { goldenImage } from "../../src/export/golden-image.js";
import type { AnyPlanOf } from "../../src/export/plan.js";
import { experiment as apd } from "../../src/apd/experiment.js";
import { exportPlan as apdPlan } from "../../src/apd/export.js";
import { experiment as mcloss } from "../../src/mcloss/experiment.js";
import { exportPlan as mclossPlan } from "../../src/mcloss/export.js";
import { experiment as mvhfmd } from "../../src/mvhfmd/experiment.js";
import { exportPlan as mvhfmdPlan } from "../../src/mvhfmd/export.js";
import { experiment as pma } from "../../src/pma/experiment.js";
import { exportPlan as pmaPlan } from "../../src/pma/export.js";
import { experiment as zoomin } from "../../src/zoomin/experiment.js";
import { exportPlan as zoominPlan } from "../../src/zoomin/export.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fovea-export-"));
  await tf.setBackend("onnxruntime");
});
afterAll(() => rm(root, { recursive: true, force: true }));

const classes = ["red", "green", "blue"];
const words = vocabularyOf(["a red crown", "long bill", "green belly"], { minCount: 1 }).toJSON();
const saved = { vocabulary: words, wordDim: 5 };

/** Exports a variant, untrained, and compares its golden outputs. @returns the card, and what was printed */
async function exported(
  experiment: unknown,
  plan: unknown,
  id: string,
  changed: object,
): Promise<{ readonly folder: string; readonly card: string; readonly said: string }> {
  const { variants, settings: spec, predict } = experiment as Experiment;
  const variant = variants.find((one) => one.id === id)!;
  const settings = { ...defaultsOf(spec), ...changed };
  const model = await predict!.build(variant, settings, classes, saved);
  const folder = join(root, id);
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    const trained = { model, variant, classes, settings: { ...settings, data: "folder:/of/ones/own" }, saved };
    const made = await (plan as AnyPlanOf)(trained as never, goldenImage());
    await exportModel(folder, trained, made, { title: id, license: "mit", takesImages: true });
    made.dispose?.();
    await checkFolder(folder);
    return { folder, card: await readFile(join(folder, "README.md"), "utf8"), said: log.mock.calls.join("\n") };
  } finally {
    model.dispose();
    log.mockRestore();
  }
}

const small = { size: 32, width: 4, dim: 8, depth: 1, heads: 2, phraseDim: 6, finalDim: 6 };
const texts = { ...small, size: 64 };
const patches = { tile: 64, patch: 32, samples: 3 };

describe("every kind of model is exported, and its files give what it gives:", () => {
  it.each([
    ["mcloss", "mc", mcloss, mclossPlan, small, ["model", "model_images"]],
    ["mcloss", "pretrained-ce-wide", mcloss, mclossPlan, small, ["model", "model_images"]],
    ["mvhfmd", "early-image", mvhfmd, mvhfmdPlan, small, ["model"]],
    ["mvhfmd", "late-concat", mvhfmd, mvhfmdPlan, small, ["model"]],
    ["mvhfmd", "mv-hfmd", mvhfmd, mvhfmdPlan, small, ["model"]],
    ["zoomin", "zoom-in", zoomin, zoominPlan, patches, ["attention_first", "attention_second", "classifier"]],
    ["zoomin", "attention-sampling", zoomin, zoominPlan, patches, ["attention", "classifier"]],
    ["zoomin", "down-scaled", zoomin, zoominPlan, patches, ["classifier"]],
    ["pma", "vision", pma, pmaPlan, texts, ["model", "model_images"]],
    ["pma", "text", pma, pmaPlan, texts, ["model"]],
    ["pma", "pma", pma, pmaPlan, texts, ["model"]],
    ["apd", "teacher", apd, apdPlan, { ...small, size: 33 }, ["model"]],
    ["apd", "apd", apd, apdPlan, { ...small, size: 33 }, ["model"]],
  ] as const)("%s %s", async (_, id, experiment, plan, settings, files) => {
    const { folder, card, said } = await exported(experiment, plan, id, settings);
    expect(said.match(/^[a-z_]+(?=:)/gm)).toEqual(expect.arrayContaining([...files]));
    expect(card).toMatch(/^---\nlicense: mit\n/);
    expect(card).toContain("red, green, blue");
    expect(card).not.toMatch(/undefined|NaN|null/);
    for (const file of files)
      expect(await readFile(join(folder, "onnx", `${file}.onnx`), "latin1")).not.toContain("/of/ones/own");
  });
});

it("a card of Zoom-In says how patches are chosen, and one of a text model has its vocabulary beside it", async () => {
  const { card } = await exported(zoomin, zoominPlan, "zoom-in", patches);
  expect(card).toContain("tiles of 64 × 64 pixels. `attention_first.onnx` is given each at scale 0.25");
  const { folder } = await exported(pma, pmaPlan, "pma-learned", texts);
  expect(JSON.parse(await readFile(join(folder, "vocabulary.json"), "utf8"))).toEqual(words);
});

it("check finds an output that is another than it was", async () => {
  const { folder } = await exported(mcloss, mclossPlan, "ce", small);
  const path = join(folder, "golden", "expected.json");
  const golden = JSON.parse(await readFile(path, "utf8")) as { outputs: { logits: { values: number[] } } }[];
  golden[0]!.outputs.logits.values[1]! += 0.01;
  await writeFile(path, JSON.stringify(golden));
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  await expect(checkFolder(folder)).rejects.toThrow("`logits` of model in");
  log.mockRestore();
});

it("a folder that is no exported one is refused by name", async () => {
  const folder = join(root, "nothing");
  await expect(checkFolder(folder)).rejects.toThrow(
    `check: expected a folder that \`export\` has made, got ${folder}, whose golden/expected.json cannot be read: ENOENT`,
  );
});
