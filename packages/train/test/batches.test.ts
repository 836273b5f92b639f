import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { constant, fit, sgd } from "../src/index.js";
import { holder } from "./support.js";

const base = { optimizer: sgd(), schedule: constant(0.5), steps: 3 };

let before: number;
beforeEach(() => void (before = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors).toBe(before));

describe("batches asked for ahead", () => {
  /** What a run of 3 steps asks for and uses, in order. */
  async function logOf(prefetch?: number, accumulate = 1): Promise<string[]> {
    const log: string[] = [];
    const module = holder({ w: [0] });
    await fit({
      ...base,
      module,
      ...(prefetch !== undefined && { prefetch }),
      accumulate,
      batches: {
        stepsPerEpoch: 3 * accumulate,
        batch: async (step: number) => (log.push(`ask ${step}`), { x: tf.scalar(step) }),
      },
      loss: ({ x }) => (log.push(`use ${x.dataSync()[0]}`), tf.sum(module.params["w"]!)),
    });
    module.dispose();
    return log;
  }

  it("are one, unless told otherwise", async () => {
    expect(await logOf()).toEqual(["ask 0", "ask 1", "use 0", "ask 2", "use 1", "use 2"]);
    expect(await logOf(1)).toEqual(await logOf());
  });

  it("are none with `prefetch: 0`, within a step of several batches, too", async () => {
    expect(await logOf(0)).toEqual(["ask 0", "use 0", "ask 1", "use 1", "ask 2", "use 2"]);
    expect(await logOf(0, 2)).toEqual([0, 1, 2, 3, 4, 5].flatMap((s) => [`ask ${s}`, `use ${s}`]));
  });

  it("are as many as asked for, in order", async () => {
    expect(await logOf(2)).toEqual(["ask 0", "ask 1", "ask 2", "use 0", "use 1", "use 2"]);
    expect(await logOf(9)).toEqual(await logOf(2));
  });

  it("see the weights of the step before with `prefetch: 0`, and of the one before that without", async () => {
    for (const [prefetch, expected] of [
      [0, [0, -0.5, -1]],
      [1, [0, 0, -0.5]],
    ] as const) {
      const [module, seen] = [holder({ w: [0] }), [] as number[]];
      const batch = async () => (seen.push(module.params["w"]!.dataSync()[0]!), { x: tf.scalar(0) });
      const loss = () => tf.sum(module.params["w"]!);
      await fit({ ...base, module, loss, batches: { stepsPerEpoch: 3, batch }, prefetch });
      expect(seen).toEqual(expected);
      module.dispose();
    }
  });

  it("are disposed, all of them, when a run ends early", async () => {
    const module = holder({ w: [0] });
    const batches = { stepsPerEpoch: 9, batch: async () => ({ x: tf.scalar(0) }) };
    const loss = () => {
      throw new Error("my own");
    };
    await expect(fit({ ...base, module, loss, batches, prefetch: 4, steps: 9 })).rejects.toThrow("my own");
    await new Promise((resolve) => setTimeout(resolve)); // those that come later
    module.dispose();
  });

  it("cannot be fewer than none", async () => {
    await expect(logOf(-1)).rejects.toThrow("fit: `prefetch` must be a whole number of at least 0, got -1.");
    tf.disposeVariables();
  });
});

describe("a batch with a `dispose`", () => {
  /** A batch of which only some is tensors. */
  function batchOf(step: number, disposed: number[]) {
    const labels = tf.tensor1d([step, step, step], "int32");
    const hidden = { deep: tf.scalar(step) };
    return {
      texts: ["a", "b", "c"],
      pixels: new Uint8Array(10_000),
      labels,
      hidden,
      dispose: () => (disposed.push(step), tf.dispose([labels, hidden])),
    };
  }

  it("frees itself after its step, and is counted by its first tensor", async () => {
    const [module, disposed] = [holder({ w: [0] }), [] as number[]];
    const samples: number[] = [];
    await fit({
      ...base,
      module,
      batches: { stepsPerEpoch: 3, batch: async (step) => batchOf(step, disposed) },
      loss: ({ texts, labels, hidden }) => {
        expect([texts.length, labels.size, hidden.deep.dataSync()[0]]).toEqual([3, 3, disposed.length]);
        return tf.sum(module.params["w"]!);
      },
      callbacks: [{ onStep: ({ samples: count }) => void samples.push(count) }],
    });
    expect(disposed).toEqual([0, 1, 2]);
    expect(samples).toEqual([3, 3, 3]);
    module.dispose();
  });

  it("frees itself also when the run ends early", async () => {
    const [module, disposed] = [holder({ w: [0] }), [] as number[]];
    const loss = () => {
      throw new Error("my own");
    };
    const batches = { stepsPerEpoch: 3, batch: async (step: number) => batchOf(step, disposed) };
    await expect(fit({ ...base, module, loss, batches })).rejects.toThrow("my own");
    await new Promise((resolve) => setTimeout(resolve));
    expect(disposed.sort()).toEqual([0, 1]);
    module.dispose();
  });
});
