import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { engineCompiler } from "../../src/compiler.js";
import {
  adamW,
  constant,
  exceptVectors,
  oneCycle,
  paramGroups,
  sgd,
  type Callback,
  type FitOptions,
  type Run,
  type StepEvent,
} from "../../src/index.js";
import { checkpointFolder, lastCheckpoint, loadCheckpoint } from "../../src/node/index.js";
import { run } from "../checkpoint/run.js";
import { points, type Points } from "../support.js";

const state = () => ({
  tensors: tf.memory().numTensors,
  bytes: tf.memory().numBytes,
  variables: Object.keys(tf.engine().registeredVariables).length,
});
let before: ReturnType<typeof state>;
beforeEach(() => void (before = state()));
afterEach(() => expect(state()).toEqual(before));

type Options = Partial<FitOptions<Points>>;

const momentum = (weightDecay: number, nesterov = false) => sgd({ momentum: 0.9, nesterov, weightDecay });
const cycled = oneCycle({ max: 0.05, warmup: 0.4, cycle: { momentum: [0.95, 0.7] } });

/** Freezes a param in some steps. */
const freezeFor = ({ module }: Run, step: number): void =>
  void (module.params["fc1.weight"]!.trainable = step < 3 || step > 6);
const freezing: Callback = {
  onStart: (run) => freezeFor(run, run.startStep),
  onStep: ({ step }, run) => freezeFor(run, step + 1),
};

/** A bias before a batch norm has a gradient of 0: rounding, which AdamW makes into steps of full length. */
const isNoise = (name: string) => /fc1\.bias|running_mean/.test(name);

/** A folder that is gone after the test. */
function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "fovea-train-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Everything that changes what a step does. */
const variants: Readonly<Record<string, Options>> = {
  adamW: {},
  "adamW of other sizes": { optimizer: adamW({ beta1: 0.8, weightDecay: 0.1, decay: exceptVectors }) },
  sgd: { optimizer: sgd() },
  "sgd with momentum": { optimizer: momentum(0.01) },
  "sgd with Nesterov's momentum": { optimizer: momentum(0.01, true) },
  "sgd with decoupled decay": { optimizer: sgd({ momentum: 0.9, weightDecay: 0.1, decoupled: true }) },
  "groups of params": { optimizer: paramGroups(adamW(), { "fc1.": { learningRateFactor: 0.1 }, "norm.": { weightDecayFactor: 0 } }) }, // prettier-ignore
  "groups of two optimizers": {
    optimizer: paramGroups(momentum(0.01), { "fc1.": { optimizer: adamW() }, "norm.": { learningRateFactor: 0.5 } }),
    schedule: { learningRate: constant(0.05), "learningRate/fc1.": cycled.learningRate, momentum: cycled.momentum! },
  },
  "scheduled momentum": { optimizer: momentum(0), schedule: cycled },
  "no clipping": { clipNorm: 1e9 },
  "a smaller last batch": { accumulate: 1, batches: points({ count: 20, batch: 8 }) },
  "one batch a step": { accumulate: 1 },
  "a param that is frozen for some steps": { accumulate: 1, callbacks: [freezing] },
};

describe.skipIf(!engineCompiler())("a step on this engine", () => {
  it.each(Object.entries(variants))("is the eager one: %s", async (_, options) => {
    const batches = points({ count: 44, batch: 8 }); // batch norms of two rows would enlarge rounding
    const expected = await run({ batches, ...options, compile: false });
    const actual = await run({ batches, ...options, compile: true });
    const flat = ({ history, numbers }: typeof actual) => ({ ...history.steps, ...numbers });
    for (const [name, want] of Object.entries(flat(expected)).filter(([name]) => !isNoise(name)))
      flat(actual)[name]!.forEach((x, i) => expect(Math.abs(x - want[i]!), `${name}[${i}]`).toBeLessThan(1e-5));
  });

  it.each(Object.entries(variants))("goes on where it was interrupted, to the bit: %s", async (_, options) => {
    const dir = folder();
    const compiled = { ...options, compile: true };
    const whole = await run({ ...compiled, checkpoint: checkpointFolder({ dir, every: 1, keep: 100 }) });
    const files = readdirSync(dir).filter((name) => name.startsWith("step-"));
    expect(files.length).toBeGreaterThan(5);
    for (const file of files.filter((_, i) => i % 2 === 0)) {
      const checkpoint = checkpointFolder({ dir: mkdtempSync(join(dir, "resumed-")) });
      expect(await run({ ...compiled, checkpoint, resume: join(dir, file) }), file).toEqual(whole);
    }
  });

  it.each([1, 2])("that is not finite changes nothing, with %d batches a step", async (accumulate) => {
    const source = points({ count: 10, batch: 2 });
    const withBad = async (b: number): Promise<Points> => {
      const { x, y } = await source.batch(b);
      if (b !== accumulate * 4) return { x, y }; // the first batch of step 4
      x.dispose();
      return { x: tf.fill([2, 3], Infinity), y };
    };
    const stop: Callback = { onStep: ({ step }, run) => void (step === 3 && run.stop("enough")) };
    const [stopped, failed] = [folder(), folder()];
    const options = (dir: string) => ({ accumulate, compile: true, checkpoint: checkpointFolder({ dir }) });
    await run({ ...options(stopped), callbacks: [stop] });
    const batches = { ...source, batch: withBad };
    await expect(run({ ...options(failed), batches })).rejects.toThrow(/step 4 is not finite/);
    const [expected, actual] = [await lastOf(stopped), await lastOf(failed)];
    for (const kind of ["model.norm.running_mean", "optimizer.count.fc1.weight", "ema.fc1.weight"])
      expect(Object.keys(expected)).toContain(kind);
    expect(actual).toEqual(expected);
  });

  it("that cannot be recorded leaves nothing behind", async () => {
    const loss = ({ x, y }: Points) => {
      tf.square(x).dataSync();
      return tf.mean(y);
    };
    await expect(run({ loss, compile: true })).rejects.toThrow("a value was read");
    const thrown = () => {
      tf.exp(tf.ones([3]));
      throw new RangeError("mine");
    };
    await expect(run({ loss: thrown, compile: true })).rejects.toThrow("mine");
  });

  it("runs as it is in none of these: none is refused", async () => {
    const reasons: unknown[] = [];
    const callbacks = [{ onStep: ({ eager }: StepEvent) => void (eager !== undefined && reasons.push(eager)) }];
    await run({ callbacks });
    expect(reasons).toEqual([]);
  });
});

/** The variables of the last checkpoint, as numbers. */
async function lastOf(dir: string): Promise<Record<string, number[]>> {
  const saved = await loadCheckpoint(lastCheckpoint(dir));
  const numbers = Object.entries(saved.variables).map(([name, x]) => [name, Array.from(x.dataSync())] as const);
  saved.dispose();
  return Object.fromEntries(numbers);
}
