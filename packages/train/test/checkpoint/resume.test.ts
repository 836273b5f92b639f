import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadWeights } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  constant,
  cosine,
  earlyStop,
  oneCycle,
  poly,
  sgd,
  type Run,
  type Schedule,
  type Schedules,
} from "../../src/index.js";
import { checkpointFolder, lastCheckpoint, loadCheckpoint } from "../../src/node/index.js";
import { numbersOf, points } from "../support.js";
import { run } from "./run.js";

let dir: string;
let before: number;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "fovea-train-"));
  before = tf.memory().numTensors;
});
afterEach(() => {
  rmSync(dir, { recursive: true });
  expect(tf.memory().numTensors).toBe(before);
});

describe("a resumed run", () => {
  it("is the uninterrupted one to the bit, from every step: weights, statistics, average, slots, history", async () => {
    const whole = await run({ checkpoint: checkpointFolder({ dir, every: 1, keep: 100 }) });
    const files = readdirSync(dir).filter((name) => name.startsWith("step-"));
    expect(files).toHaveLength(8); // 15 batches, 2 a step
    const lastBytes = await bytes(lastCheckpoint(dir));
    for (const file of files) {
      const folder = mkdtempSync(join(dir, "resumed-"));
      const resumed = await run({ checkpoint: checkpointFolder({ dir: folder }), resume: join(dir, file), seed: 5 });
      expect(resumed, file).toEqual(whole);
      if (file !== files.at(-1)) expect(await bytes(lastCheckpoint(folder)), file).toEqual(lastBytes);
    }
  });

  it("with whatever a schedule moves: momentum that is cycled, and weight decay", async () => {
    const schedule: Schedules = {
      ...oneCycle({ max: 0.05, warmup: 0.4, cycle: { momentum: [0.95, 0.85] } }),
      weightDecay: (step, steps) => (0.1 * step) / steps,
    };
    const options = { optimizer: sgd({ momentum: 0.9 }), schedule };
    const whole = await run({ ...options, checkpoint: checkpointFolder({ dir, every: 1, keep: 100 }) });
    expect(whole.history.steps["momentum"]).toHaveLength(8);
    expect(new Set(whole.history.steps["momentum"]).size).toBeGreaterThan(4);
    const lastBytes = await bytes(lastCheckpoint(dir));
    for (const file of readdirSync(dir).filter((name) => name.startsWith("step-"))) {
      const folder = mkdtempSync(join(dir, "resumed-"));
      const resumed = await run({ ...options, checkpoint: checkpointFolder({ dir: folder }), resume: join(dir, file) });
      expect(resumed, file).toEqual(whole);
      if (!file.includes("08")) expect(await bytes(lastCheckpoint(folder)), file).toEqual(lastBytes);
    }
  });

  it("also if it was aborted in between, in the middle of an epoch or at its end", async () => {
    const whole = await run();
    for (const stop of [1, 3, 7]) {
      const folder = join(dir, String(stop));
      const controller = new AbortController();
      const abort = { onStep: ({ step }: { step: number }) => void (step === stop - 1 && controller.abort()) };
      const options = { checkpoint: checkpointFolder({ dir: folder, every: 1000 }), resume: true };
      const part = await run({ ...options, callbacks: [abort], signal: controller.signal });
      expect(part.history.stopped).toMatch(/^aborted/);
      expect(part.history.steps["loss"]).toHaveLength(stop);
      expect(await run(options)).toEqual(whole);
    }
  });

  it("measures an epoch that was over but not yet measured when the run was cut off", async () => {
    const measured: number[] = [];
    const measure = (fail: boolean) => ({
      measure: (epoch: number) => {
        measured.push(epoch);
        if (fail && epoch === 1) throw new Error("validation set is gone");
        return { accuracy: epoch };
      },
    });
    const options = { checkpoint: checkpointFolder({ dir }), resume: true };
    await expect(run({ ...options, callbacks: [measure(true)] })).rejects.toThrow("validation set is gone");
    const { history } = await run({ ...options, callbacks: [measure(false)] });
    expect(measured).toEqual([0, 1, 1, 2]);
    expect(history.epochs.map(({ metrics }) => metrics["accuracy"])).toEqual([0, 1, 2]);
  });

  it("that is finished stays as it is", async () => {
    const options = { checkpoint: checkpointFolder({ dir }), resume: true };
    const whole = await run(options);
    const steps: number[] = [];
    const again = await run({ ...options, callbacks: [{ onStep: ({ step }) => void steps.push(step) }] });
    expect(again).toEqual(whole);
    expect(steps).toEqual([]);
  });

  it("that stopped early stops at once", async () => {
    const stop = earlyStop({ monitor: "flat", patience: 1 });
    const callbacks = [{ measure: () => ({ flat: 1 }) }, stop];
    const options = { checkpoint: checkpointFolder({ dir }), resume: true, callbacks, epochs: 9 };
    const first = await run(options);
    expect(first.history.epochs).toHaveLength(2);
    expect(first.history.stopped).toBe("earlyStop: flat has not been better than 1 since epoch 0");
    expect(await run(options)).toEqual(first);
  });

  it("may be longer, if that changes nothing of what was done", async () => {
    const options = { schedule: constant(0.01), accumulate: 1, resume: true };
    const long = await run({ ...options, checkpoint: checkpointFolder({ dir: join(dir, "long") }), epochs: 3 });
    await run({ ...options, checkpoint: checkpointFolder({ dir: join(dir, "short") }), epochs: 2 });
    expect(await run({ ...options, checkpoint: checkpointFolder({ dir: join(dir, "short") }), epochs: 3 })).toEqual(
      long,
    );
  });

  it("with param counts of its own slots: one frozen till step 3 has none before", async () => {
    const options = (stop?: number) => {
      const controller = new AbortController();
      return {
        checkpoint: checkpointFolder({ dir: join(dir, String(stop)), every: 1 }),
        resume: true,
        accumulate: 1,
        signal: controller.signal,
        callbacks: [
          {
            onStart: ({
              module,
              startStep,
            }: {
              module: { params: Readonly<Record<string, tf.Variable>> };
              startStep: number;
            }) => {
              if (startStep < 3) module.params["fc1.weight"]!.trainable = false;
            },
            onStep: (
              { step }: { step: number },
              { module }: { module: { params: Readonly<Record<string, tf.Variable>> } },
            ) => {
              if (step === 2) module.params["fc1.weight"]!.trainable = true;
              if (step + 1 === stop) controller.abort();
            },
          },
        ],
      };
    };
    const whole = await run(options());
    await run(options(2));
    await run(options(5)).catch(() => {}); // goes on in the folder of its own
    for (const stop of [2, 5])
      expect(await run({ ...options(stop), signal: new AbortController().signal })).toEqual(whole);
  });
});

describe("a run that is to be longer than it was planned", () => {
  const longer = { checkpoint: checkpointFolder({ dir: "" }), resume: true, accumulate: 1, epochs: 3 };
  beforeEach(() => void (longer.checkpoint = checkpointFolder({ dir })));
  const newRun = () =>
    " The run was to have 10 steps and now has 15, which changes steps that are done. To train longer, start a new run " +
    "from these weights, with a schedule and a checkpoint folder of its own and without `resume`: `const saved = await " +
    `loadCheckpoint(${JSON.stringify(lastCheckpoint(dir))}); loadWeights(module, saved.weights); saved.dispose();\`.`;
  const kept = (name: string) => `\`${name}: (step) => (step < 10 ? ${name}(step, 10) : VALUE)\``;

  const { learningRate, momentum } = oneCycle({ max: 0.05, cycle: { momentum: [0.95, 0.85] } });
  it.each<[string, Schedule | Schedules, Schedule | Schedules, string]>([
    ...([cosine({ learningRate: 0.1 }), poly({ learningRate: 0.1 }), oneCycle({ max: 0.05 })] as const).map(
      (schedule, i): [string, Schedule, Schedule, string] => [
        ["cosine", "poly", "oneCycle"][i]!,
        schedule,
        (step) => (step < 10 ? schedule(step, 10) : 0.03),
        kept("schedule"),
      ],
    ),
    [
      "a record",
      { learningRate, momentum },
      {
        learningRate: (step) => (step < 10 ? learningRate(step, 10) : 0.03),
        momentum: (step) => (step < 10 ? momentum(step, 10) : 0.9),
      },
      `${kept("learningRate")}, ${kept("momentum")}`,
    ],
  ])(
    "and has %s is refused with a sentence that says how to go on, and so it trains",
    async (_, schedule, as, words) => {
      const options = { ...longer, optimizer: sgd({ momentum: 0.9 }) };
      const first = await run({ ...options, schedule, epochs: 2 });
      const sentence = `${newRun()} Or go on with this one, its schedule as it was and then at a VALUE that you choose: ${words}.`;
      await expect(run({ ...options, schedule })).rejects.toThrow(sentence);
      const { history, numbers } = await run({ ...options, schedule: as });
      expect(history.steps["loss"]!.slice(0, 10)).toEqual(first.history.steps["loss"]);
      expect(history.steps["learningRate"]!.slice(10)).toEqual(Array(5).fill(Math.fround(0.03)));
      expect(moved(numbers, first.numbers)).toBeGreaterThan(1e-3);
    },
  );

  it("trains on as a new run from its weights, too", async () => {
    const options = { ...longer, schedule: cosine({ learningRate: 0.1 }) };
    const first = await run({ ...options, epochs: 2 });
    let start: Record<string, number[]> = {};
    const load = async ({ module }: Run) => {
      const saved = await loadCheckpoint(lastCheckpoint(dir));
      loadWeights(module, saved.weights);
      saved.dispose();
      start = numbersOf(module);
    };
    const next = { ...options, resume: false, checkpoint: checkpointFolder({ dir: join(dir, "next") }), epochs: 1 };
    const { numbers } = await run({ ...next, callbacks: [{ onStart: load }] });
    expect(first.numbers).toMatchObject(start);
    expect(moved(numbers, first.numbers)).toBeGreaterThan(1e-3);
  });

  /** How far the params are apart. */
  const moved = (a: Record<string, number[]>, b: Record<string, number[]>) =>
    Math.max(
      ...Object.keys(a).flatMap((key) => (/^fc/.test(key) ? a[key]!.map((x, i) => Math.abs(x - b[key]![i]!)) : [])),
    );

  it("and was cut off before its end, too", async () => {
    const controller = new AbortController();
    const stop = { onStep: ({ step }: { step: number }) => void (step === 3 && controller.abort()) };
    await run({ ...longer, epochs: 2, callbacks: [stop], signal: controller.signal });
    await expect(run(longer)).rejects.toThrow("The run was to have 10 steps and now has 15,");
  });

  it("and ended in the middle of an epoch, too", async () => {
    const { epochs: _, ...options } = { ...longer, schedule: constant(0.1) };
    await run({ ...options, steps: 7 });
    await expect(run({ ...options, steps: 9 })).rejects.toThrow(
      "is of another run: steps: the run ended in the middle of an epoch, and would not have if it had had 9 steps. " +
        "The run was to have 7 steps and now has 9, which changes steps that are done. To train longer, start a new run",
    );
    await expect(run({ ...options, steps: 9 })).rejects.toThrow(/saved\.dispose\(\);`\.$/); // no schedule helps
  });

  it("is not what differs otherwise: then no such thing is said", async () => {
    await run({ ...longer, epochs: 2 });
    for (const other of [{ seed: 6 }, { schedule: oneCycle({ max: 0.04 }) }])
      await expect(run({ ...longer, ...other })).rejects.toThrow(/^(?!.*To train longer).* is of another run: /);
  });
});

it("is refused where something else moves, or moves elsewhere", async () => {
  const learningRate = constant(0.1);
  const options = { optimizer: sgd({ momentum: 0.9 }), steps: 4, checkpoint: checkpointFolder({ dir }), resume: true };
  await run({ ...options, schedule: { learningRate, momentum: constant(0.8) } });
  await expect(run({ ...options, schedule: learningRate })).rejects.toThrow(
    "is of another run: schedule: there was one of momentum, there is none now.",
  );
  await expect(run({ ...options, schedule: { learningRate, momentum: (s) => (s < 2 ? 0.8 : 0.7) } })).rejects.toThrow(
    "schedule: step 2 had momentum 0.800000011920929 in the checkpoint, 0.7 now",
  );
});

describe("a checkpoint of another run is refused, with what differs, and nothing is changed", () => {
  const refuse = async (options: Parameters<typeof run>[0], message: string) => {
    await run({ checkpoint: checkpointFolder({ dir }), steps: 4 });
    const model: number[][] = [];
    const attempt = run({
      checkpoint: checkpointFolder({ dir }),
      resume: true,
      steps: 4,
      ...options,
      callbacks: [{ onStart: ({ module }) => void model.push(Array.from(module.params["fc1.weight"]!.dataSync())) }],
    });
    await expect(attempt).rejects.toThrow(message);
    expect(model).toEqual([]);
  };

  it.each([
    [{ config: { dim: 6, layers: ["fc1", "fc2"] } }, "config.dim: 5 in the checkpoint, 6 now"],
    [
      { config: { dim: 5, layers: ["fc1", "fc3"], x: 1 } },
      'config.layers[1]: "fc2" in the checkpoint, "fc3" now; config.x: nothing in the checkpoint, 1 now',
    ],
    [{ seed: 6 }, "is of another run: seed: 5 in the checkpoint, 6 now"],
    [{ optimizer: sgd() }, 'optimizer.name: "adamW" in the checkpoint, "sgd" now'],
    [{ clipNorm: 1 }, "clipNorm: 0.5 in the checkpoint, 1 now"],
    [{ batches: points({ count: 12, batch: 2 }) }, "batchesPerEpoch: 5 in the checkpoint, 6 now"],
    [
      { schedule: constant(0.1) },
      "schedule: step 0 had learning rate 0.0020000000949949026 in the checkpoint, 0.1 now",
    ],
    [{ schedule: oneCycle({ max: 0.05, warmup: 0.4, finalDiv: 7 }) }, "schedule: step 1 had"],
    [
      { schedule: { learningRate: oneCycle({ max: 0.05, warmup: 0.4 }), beta1: constant(0.9) } },
      "is of another run: schedule: there was none of beta1, there is one now.",
    ],
    [{ steps: 3 }, "steps: 4 done in the checkpoint, 3 in all now"],
  ])("%o", refuse);
});
const bytes = async (path: string) => (await import("node:fs/promises")).readFile(path);
