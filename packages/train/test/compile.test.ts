import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rng } from "@fovea/nn";
import { assertClose } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { engineCompiler } from "../src/compiler.js";
import { adamW, constant, fit, sgd, type FitOptions, type StepEvent } from "../src/index.js";
import { checkpointFolder, lastCheckpoint, loadCheckpoint } from "../src/node/index.js";
import { run } from "./checkpoint/run.js";
import { RecordingError, withFakeCompile } from "./fake-compile.js";
import { holder, nothing, numbersOf, points, type Points } from "./support.js";

let before: number;
beforeEach(() => void (before = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors).toBe(before));

const eager = (options: Partial<FitOptions<Points>> = {}) => run({ ...options, compile: false });

/** What `onStep` was told. */
function told() {
  const events: StepEvent[] = [];
  return { events, callbacks: [{ onStep: (event: StepEvent) => void events.push(event) }] };
}

const refusal = () => {
  throw new RecordingError("compile: `Unique` has no lowering.\n  at loss.ts:3");
};

describe("a compiled step", () => {
  it.each([1, 2, 3])("is the eager one to the bit, with %d batches a step", async (accumulate) => {
    const expected = await eager({ accumulate });
    await withFakeCompile(async (fake) => {
      const { events, callbacks } = told();
      expect(await run({ accumulate, callbacks })).toEqual(expected);
      expect(events.filter(({ eager }) => eager !== undefined)).toEqual([]);
      expect(fake.calls.filter((call) => call === "record").length).toBeGreaterThanOrEqual(2);
      expect(fake.calls.filter((call) => call === "run").length).toBeGreaterThanOrEqual(events.length);
      expect(fake.alive).toBe(0);
    });
  });

  it("is recorded once for each shape of a batch: the last of an epoch is smaller", async () => {
    await withFakeCompile(async (fake) => {
      await run({ accumulate: 1, batches: points({ count: 10, batch: 4 }), epochs: 3 });
      expect(fake.calls.filter((call) => call === "record")).toHaveLength(2 * 2);
      expect(fake.calls.filter((call) => call === "run")).toHaveLength(9);
    });
  });

  it("draws what differs between its two recordings, so that a draw outside hostTensor is found", async () => {
    const drawn: number[] = [];
    const module = holder({ w: [1] });
    const loss = (_: unknown, { rng }: { rng: { uniform(length: number): Float32Array } }) => {
      drawn.push(rng.uniform(1)[0]!);
      return tf.sum(tf.square(module.params["w"]!));
    };
    const options = { module, loss, optimizer: sgd(), schedule: constant(0.1), batches: nothing(), steps: 2, seed: 7 };
    await withFakeCompile(() => fit(options));
    const [other, same, ...runs] = drawn;
    expect(other).not.toBe(same);
    expect([same, ...runs]).toEqual([0, 0, 1].map((b) => rng(7).split("step", b).uniform(1)[0]));
    module.dispose();
  });

  it("goes on where it was interrupted, to the bit, from every step", async () => {
    const dir = mkdtempSync(join(tmpdir(), "fovea-train-"));
    await withFakeCompile(async () => {
      const accumulate = 1;
      const whole = await run({ accumulate, checkpoint: checkpointFolder({ dir, every: 1, keep: 100 }) });
      expect(whole).toEqual(await eager({ accumulate }));
      for (const file of readdirSync(dir).filter((name) => name.startsWith("step-"))) {
        const folder = mkdtempSync(join(dir, "resumed-"));
        const checkpoint = checkpointFolder({ dir: folder });
        expect(await run({ accumulate, checkpoint, resume: join(dir, file), seed: 5 }), file).toEqual(whole);
      }
    });
    rmSync(dir, { recursive: true });
  });

  it("that is not finite changes nothing", async () => {
    const module = holder({ w: [2] });
    const loss = ({ x }: { x: tf.Tensor }) => tf.sum(tf.div(module.params["w"]!, tf.sub(2, x))); // not finite at step 2
    const options = { module, loss, optimizer: adamW(), schedule: constant(0.1), batches: nothing(), steps: 5 };
    const step2 = await fit({ ...options, steps: 2, compile: false }).then(() => numbersOf(module));
    tf.tidy(() => module.params["w"]!.assign(tf.tensor1d([2])));
    await withFakeCompile(async (fake) => {
      await expect(fit(options)).rejects.toThrow("fit: step 2 is not finite: loss = Infinity");
      expect(fake.alive).toBe(0);
    });
    expect(numbersOf(module)).toEqual(step2);
    module.dispose();
  });

  it("leaves no slots to params that the loss does not reach, and is recorded anew when others train", async () => {
    const dir = mkdtempSync(join(tmpdir(), "fovea-train-"));
    const module = holder({ a: [1], b: [2], c: [3] });
    const loss = () => tf.sum(tf.mul(module.params["a"]!, module.params["b"]!));
    module.params["b"]!.trainable = false;
    const thaw = { onStep: ({ step }: StepEvent) => void (module.params["b"]!.trainable = step >= 1) };
    const options = { module, loss, optimizer: adamW({ weightDecay: 0 }), schedule: constant(0.5), batches: nothing() };
    await withFakeCompile(async (fake) => {
      await fit({ ...options, steps: 4, callbacks: [thaw], checkpoint: checkpointFolder({ dir }) });
      expect(fake.calls.filter((call) => call === "record")).toHaveLength(4);
    });
    const saved = await loadCheckpoint(lastCheckpoint(dir));
    const keys = Object.keys(saved.variables).filter((key) => key.startsWith("optimizer.count."));
    expect(keys.map((key) => [key, saved.variables[key]!.dataSync()[0]])).toEqual([
      ["optimizer.count.a", 4],
      ["optimizer.count.b", 2],
    ]);
    saved.dispose();
    module.dispose();
    rmSync(dir, { recursive: true });
  });
});

describe.skipIf(!engineCompiler())("the engine's own compiler", () => {
  it.each([1, 2])("takes the eager steps, with %d batches a step", async (accumulate) => {
    // not adamW: the bias before the batch norm has a gradient of rounding errors alone, which it would blow up
    const optimizer = sgd({ momentum: 0.9, weightDecay: 0.01 });
    const options = { accumulate, batches: points({ count: 24, batch: 8 }), epochs: 2, optimizer };
    const [expected, found] = [await eager(options), await run({ ...options, compile: true })];
    for (const [name, numbers] of Object.entries(expected.numbers)) assertClose(found.numbers[name]!, numbers, 1e-5);
    for (const [name, column] of Object.entries(expected.history.steps))
      assertClose(found.history.steps[name]!, column, 1e-5);
  });
});

describe("a step that cannot be compiled", () => {
  it.each([1, 2])("runs eagerly, and says why once, with %d batches a step", async (accumulate) => {
    const expected = await eager({ accumulate });
    const { events, callbacks } = told();
    await withFakeCompile(async (fake) => {
      expect(await run({ accumulate, callbacks })).toEqual(expected);
      expect(fake.calls).toEqual(["record"]);
      expect(fake.alive).toBe(0);
    }, refusal);
    expect(events.map(({ eager }) => eager).filter((reason) => reason !== undefined)).toEqual([
      "compile: `Unique` has no lowering.",
    ]);
    expect(events[0]!.eager).toBeDefined();
  });

  it("runs eagerly from then on that nearly every batch has shapes of its own, unless compiling is a must", async () => {
    const module = holder({ w: [1] });
    const loss = ({ x }: { x: tf.Tensor1D }) => tf.mean(tf.square(tf.sub(x, module.params["w"]!)));
    const rows = (lengthAt: (step: number) => number) => ({
      stepsPerEpoch: 40,
      batch: (step: number) => Promise.resolve({ x: tf.ones([lengthAt(step)]) as tf.Tensor1D }),
    });
    const recordings = async (lengthAt: (step: number) => number, compile?: boolean) => {
      const { events, callbacks } = told();
      const options = { module, loss, optimizer: sgd(), schedule: constant(0.1), callbacks, steps: 40 };
      const calls = await withFakeCompile(async (fake) => {
        await fit({ ...options, batches: rows(lengthAt), ...(compile && { compile }) });
        return fake.calls;
      });
      const reasons = events.flatMap(({ eager, step }) => (eager === undefined ? [] : [`${step}: ${eager}`]));
      return { recorded: calls.filter((call) => call === "record").length / 2, reasons };
    };
    const own = (step: number) => 1 + step;
    expect(await recordings(own)).toEqual({
      recorded: 8,
      reasons: ["8: fit: 9 of 9 batches have shapes of their own, each of which would be recorded anew."],
    });
    expect(await recordings(own, true)).toEqual({ recorded: 40, reasons: [] });
    expect(await recordings((step) => 1 + (step % 8))).toEqual({ recorded: 8, reasons: [] });
    const late = (step: number) => 1 + Math.max(0, Math.floor((step - 22) / 2)); // rarely enough, at first
    expect(await recordings(late)).toEqual({ recorded: 9, reasons: [] });
    module.dispose();
  });

  it("runs eagerly from the step on at which it is refused", async () => {
    let calls = 0;
    const late = () => {
      if (++calls > 2) refusal();
    };
    const batches = points({ count: 10, batch: 4 }); // the third is smaller
    const expected = await eager({ accumulate: 1, batches });
    const { events, callbacks } = told();
    await withFakeCompile(async () => {
      expect(await run({ accumulate: 1, batches, callbacks })).toEqual(expected);
    }, late);
    expect(events.findIndex(({ eager }) => eager !== undefined)).toBe(2);
  });

  it("runs eagerly for batches of other things than tensors", async () => {
    const module = holder({ w: [1] });
    const batches = { stepsPerEpoch: 1, batch: async () => ({ sizes: Float32Array.of(1), dispose: () => {} }) };
    const { events, callbacks } = told();
    const loss = () => tf.sum(tf.square(module.params["w"]!));
    const options = { module, loss, batches, samples: () => 1, optimizer: sgd(), schedule: constant(0.25), callbacks };
    await withFakeCompile(() => fit({ ...options, steps: 1 }));
    expect(events[0]!.eager).toMatch(/^compile: expected tensors among the arguments/);
    expect(numbersOf(module)["w"]).toEqual([0.5]);
    module.dispose();
  });

  it("is an error where compiling is asked for", async () => {
    await withFakeCompile(() => expect(run({ compile: true })).rejects.toThrow(RecordingError), refusal);
  });
});

describe("compile", () => {
  it("`false` compiles nothing", async () => {
    await withFakeCompile(async (fake) => {
      await run({ compile: false });
      expect(fake.made).toBe(0);
    });
  });

  it("`true` is refused on an engine that does not compile", async () => {
    const engine = tf.getBackend();
    await tf.setBackend("cpu");
    const rejected = expect(run({ compile: true })).rejects;
    await rejected.toThrow(
      "fit: `compile: true` needs an engine that compiles steps, such as onnxruntime; cpu does not.",
    );
    await tf.setBackend(engine);
  });

  it("passes on what the loss throws, as a step that is not compiled does", async () => {
    const loss = () => {
      throw new RangeError("no such class");
    };
    await withFakeCompile(() => expect(run({ loss })).rejects.toThrow(new RangeError("no such class")));
  });
});
