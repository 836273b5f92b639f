import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  CheckpointError,
  type Callback,
  type Checkpoint,
  type CheckpointStore,
  type Snapshot,
} from "../../src/index.js";
import { run } from "./run.js";

const cloned = (variables: Snapshot["variables"]): Record<string, tf.Tensor> =>
  Object.fromEntries(Object.entries(variables).map(([name, tensor]) => [name, tf.clone(tensor)]));

const under = (prefix: string, variables: Snapshot["variables"]): Record<string, tf.Tensor> =>
  Object.fromEntries(
    Object.entries(variables).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : [],
    ),
  );

function copyOf(snapshot: Snapshot): Checkpoint {
  const variables = cloned(snapshot.variables);
  return {
    ...snapshot,
    history: structuredClone(snapshot.history),
    variables,
    path: "memory",
    weights: under("model.", variables),
    ema: under("ema.", variables),
    dispose: () => tf.dispose(variables),
  };
}

/** A store without files, as a page may have one; what a store promises, and no more. */
function memoryStore(policy: Pick<CheckpointStore, "every" | "best"> = {}) {
  const kept: { last?: Checkpoint; best?: Checkpoint } = {};
  const calls: string[] = [];
  let taken = false;
  const keep = (which: keyof typeof kept) => async (snapshot: Snapshot) => {
    calls.push(`${which} ${snapshot.step}`);
    kept[which]?.dispose();
    kept[which] = copyOf(snapshot);
  };
  const store: CheckpointStore = {
    ...policy,
    open: async (resume) => {
      if (taken) throw new CheckpointError("memoryStore: it is taken.");
      taken = true;
      return {
        from: resume === true && kept.last ? copyOf(kept.last) : undefined,
        saveLast: keep("last"),
        saveBest: keep("best"),
        loadBest: async () => copyOf(kept.best!),
        close: () => void (taken = false),
      };
    },
  };
  return { store, calls, dispose: () => [kept.last, kept.best].forEach((one) => one?.dispose()) };
}

let before = 0;
let memory = memoryStore();
beforeEach(() => {
  before = tf.memory().numTensors;
});
afterEach(() => {
  memory.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

describe("a store of one's own", () => {
  it("resumes to the bit, from wherever the run was aborted", async () => {
    const whole = await run();
    for (const at of [0, 2, 4]) {
      memory.dispose();
      memory = memoryStore();
      const controller = new AbortController();
      const abort = { onStep: ({ step }: { step: number }) => void (step === at && controller.abort()) };
      await run({ checkpoint: memory.store, callbacks: [abort], signal: controller.signal });
      expect(memory.calls.at(-1)).toBe(`last ${at + 1}`);
      expect(await run({ checkpoint: memory.store, resume: true })).toEqual(whole);
    }
  });

  it("is told when to keep, and what is best", async () => {
    memory.dispose();
    memory = memoryStore({ every: 2, best: { monitor: "order" } });
    const trained: number[] = [];
    const callback: Callback = {
      measure: (epoch) => ({ order: [2, 1, 3][epoch]! }),
      onEpoch: (_, { module }) => void trained.push(module.params["fc2.bias"]!.dataSync()[0]!),
    };
    let left = NaN;
    await run({ checkpoint: memory.store, callbacks: [callback], restoreBest: true }, (model) => {
      left = model.params["fc2.bias"]!.dataSync()[0]!;
    });
    expect(memory.calls).toEqual(["last 2", "best 3", "last 4", "best 5", "last 6", "last 8"]);
    expect(new Set(trained).size).toBe(3);
    expect(left).toBe(trained[1]);
  });

  it("is given back however the run ends, and its refusal is the run's", async () => {
    memory.dispose();
    memory = memoryStore();
    const loss = () => {
      throw new Error("mine");
    };
    await expect(run({ checkpoint: memory.store, loss })).rejects.toThrow("mine");
    await memory.store.open(false);
    await expect(run({ checkpoint: memory.store })).rejects.toThrow("memoryStore: it is taken.");
  });
});
