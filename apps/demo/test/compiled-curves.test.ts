import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultsOf, type Experiment, type Stage } from "@fovea/experiment";
import { rng, trainableParams, type Module } from "@fovea/nn";
import {
  adamW,
  exceptVectors,
  fit,
  oneCycle,
  type DisposableBatch,
  type FitOptions,
  type StepEvent,
} from "@fovea/train";
import { checkpointFolder } from "@fovea/train/node";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { experiment as apd } from "../src/apd/experiment.js";
import { experiment as mcloss } from "../src/mcloss/experiment.js";
import { experiment as mvhfmd } from "../src/mvhfmd/experiment.js";
import { experiment as pma } from "../src/pma/experiment.js";
import { experiment as zoomin } from "../src/zoomin/experiment.js";
import { ownList } from "./pma/own-list.js";

/** More of them show whether curves stay together: `FOVEA_CURVE_STEPS=200`. */
const STEPS = Number(process.env["FOVEA_CURVE_STEPS"] ?? 30);

type AnyStage = Stage<DisposableBatch>;
type AnyExperiment = Experiment<never, never, Module, never>;

interface Run {
  readonly experiment: unknown;
  readonly variant: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

const runs: Readonly<Record<string, Run>> = {
  "MV-HFMD": {
    ...{ experiment: mvhfmd, variant: "mv-hfmd" },
    settings: { size: 32, dim: 16, depth: 1, heads: 2, views: 2, classes: 4, batch: 6 },
  },
  "MC-Loss": {
    ...{ experiment: mcloss, variant: "mc" },
    settings: { size: 48, width: 8, classes: 4, batch: 12 },
  },
  APD: {
    ...{ experiment: apd, variant: "apd" },
    settings: { images: 24, heldOut: 4, size: 33, width: 4, dim: 16, batch: 4, teacher: "resnet", teacherWidth: 4, teacherEpochs: 1 }, // prettier-ignore
  },
  PMA: { experiment: pma, variant: "pma", settings: { size: 64, batch: 6, phraseDim: 8, finalDim: 8 } },
  "Zoom-In": {
    ...{ experiment: zoomin, variant: "zoom-in-contrast" },
    settings: {
      sizes: [160],
      scenes: 48,
      heldOut: 3,
      pretrainClasses: 0,
      large: 0,
      tile: 64,
      patch: 32,
      samples: 4,
      batch: 6,
    },
  },
};

/** Steps after which a compiled run begins again where the eager run was. */
const STRETCH = 10;

/** Changes each weight by one unit in the last place, up or down. */
function nudge(module: Module): void {
  for (const [name, weight] of Object.entries(trainableParams(module))) {
    const signs = rng(1).split(name).uniform(weight.size, -1, 1);
    const factors = signs.map((sign) => 1 + (sign < 0 ? -1 : 1) * 2 ** -23);
    tf.tidy(() => weight.assign(tf.mul(weight, tf.tensor(factors, weight.shape))));
  }
}

type Build = () => Promise<{ model: Module; stage: AnyStage }>;
type Curves = Readonly<Record<string, readonly number[]>>;

interface TrainOptions extends Pick<FitOptions<DisposableBatch>, "checkpoint" | "compile" | "resume"> {
  readonly change?: (module: Module) => void;
  /** The steps that are taken, of all. Default: all. */
  readonly steps?: number;
}

/** The curves of a stage's training as the demo does it, and why steps ran eagerly, if they did. */
async function train(build: Build, { change, steps = STEPS, ...options }: TrainOptions) {
  const { model, stage } = await build();
  change?.(model);
  const { batches, loss, learningRate, weightDecay = 0, clipNorm, prefetch = 1, module = model } = stage;
  const [reasons, stop] = [[] as string[], new AbortController()];
  let taken = 0;
  const onStep = ({ eager }: StepEvent) => {
    if (eager !== undefined) reasons.push(eager);
    if (++taken === steps) stop.abort();
  };
  const started = process.cpuUsage();
  const history = await fit({
    ...{ module, batches, loss, prefetch, steps: STEPS, seed: 1, callbacks: [{ onStep }], signal: stop.signal },
    optimizer: adamW({ weightDecay, decay: exceptVectors }),
    schedule: oneCycle({ max: learningRate, warmup: 0.2 }),
    ...(clipNorm !== undefined && { clipNorm }),
    ...options,
  });
  model.dispose();
  const { user, system } = process.cpuUsage(started);
  return { curves: history.steps as Curves, reasons, seconds: (user + system) / 1e6 };
}

/** Compiled runs of a few steps each, from where an eager run was at each of its checkpoints, as one run. */
async function trainInStretches(build: Build, checkpoints: string, out: string) {
  const [curves, reasons]: [Record<string, number[]>, string[]] = [{}, []];
  for (let first = 0; first < STEPS; first += STRETCH) {
    const from = first > 0 ? { resume: join(checkpoints, `step-${String(first).padStart(8, "0")}.safetensors`) } : {};
    const store = checkpointFolder({ dir: join(out, `from-${first}`) });
    const stretch = await train(build, { ...from, checkpoint: store, steps: Math.min(STRETCH, STEPS - first) });
    for (const [key, values] of Object.entries(stretch.curves)) (curves[key] ??= []).push(...values.slice(first));
    reasons.push(...stretch.reasons);
  }
  return { curves, reasons };
}

async function builder({ experiment, variant: id, settings: given }: Run, out: string) {
  const { settings: spec, prepare, variants } = experiment as AnyExperiment;
  const variant = variants.find((one) => one.id === id)!;
  const settings = { ...(defaultsOf(spec) as object), ...given } as never;
  const context = { command: "run", out, resume: false, variants: [id] } as const;
  const prepared = await prepare(settings, context as never);
  const build = async () => {
    const model = await variant.build(settings, prepared.data, context as never);
    const stages = variant.stages(model, settings, prepared.data) as AsyncIterable<AnyStage> | Iterable<AnyStage>;
    const all = Symbol.asyncIterator in stages ? stages[Symbol.asyncIterator]() : stages[Symbol.iterator]();
    const { value } = await all.next(); // what it made of its own stays until it is ended
    if (!value) throw new Error(`${id} has no stage`);
    return { model, stage: value as AnyStage };
  };
  return { build, dispose: () => prepared.dispose?.() };
}

/**
 * A network with ReLU is chaotic: what differs in the last place grows from step to step. Zoom-In also draws patches by
 * its weights: once one draw is another, so is everything after it. So the compiled run begins again every few steps
 * from where the eager run is, and must stay on its curve; how far apart they are without, and an eager run from
 * weights that differ in the last place, is printed.
 */
describe("a demo's training", () => {
  it.each(Object.entries(runs))("has one curve, compiled or not: %s", async (name, run) => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    onTestFinished(() => void vi.restoreAllMocks());
    const out = mkdtempSync(join(tmpdir(), "fovea-curves-"));
    onTestFinished(() => rmSync(out, { recursive: true, force: true }));
    const own = run.experiment === pma ? { data: `list:${await ownList(join(out, "own"))}` } : {};
    const { build, dispose } = await builder({ ...run, settings: { ...run.settings, ...own } }, join(out, "run"));
    onTestFinished(() => void dispose());
    const dir = join(out, "eager");
    const checkpoint = checkpointFolder({ dir, every: STRETCH, keep: STEPS });
    const eager = await train(build, { compile: false, checkpoint });
    const [stretches, whole] = [await trainInStretches(build, dir, out), await train(build, {})];
    const nudged = await train(build, { compile: false, change: nudge });
    expect([...stretches.reasons, ...whole.reasons]).toEqual([]);
    const [near, far, chance] = [stretches, whole, nudged].map(({ curves }) => distances(curves, eager.curves)) as [Distances, Distances, Distances]; // prettier-ignore
    if (process.env["FOVEA_CURVE_STEPS"]) {
      console.log(`${name}: eager ${eager.seconds.toFixed(1)} s, compiled ${whole.seconds.toFixed(1)} s`);
      console.log({ "every few steps": near, "in one run": far, "eager, nudged": chance });
    }
    for (const [key, share] of Object.entries(near)) expect(share, key).toBeLessThan(0.01);
    for (const [key, share] of Object.entries(far)) expect(share, key).toBeLessThan(Math.max(0.01, 10 * chance[key]!));
  });
});

type Distances = Readonly<Record<string, number>>;

const distances = (actual: Curves, expected: Curves): Distances =>
  Object.fromEntries(Object.entries(expected).map(([key, values]) => [key, distance(actual[key]!, values)]));

/** The mean difference of two curves, as a share of the range of the second: 0.01 is hardly seen in a plot. */
function distance(actual: readonly number[], expected: readonly number[]): number {
  const range = Math.max(...expected) - Math.min(...expected);
  const sum = expected.reduce((sum, value, i) => sum + Math.abs(actual[i]! - value), 0);
  return sum / expected.length / Math.max(range, 1e-6);
}
