import "../../../../tools/vitest/setup.js";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadWeights } from "@fovea/nn";
import { readSafetensors, saveSafetensors } from "@fovea/nn/node";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { adamW, CheckpointError, constant, fit, sgd } from "../../src/index.js";
import {
  bestCheckpoint,
  checkpointFolder,
  lastCheckpoint,
  loadCheckpoint,
  withInterrupt,
} from "../../src/node/index.js";
import { holder, logistic, net, nothing, numbersOf, points } from "../support.js";
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

const base = { optimizer: sgd(), schedule: constant(0.1) };
const sum = (module: ReturnType<typeof holder>) => () => tf.sum(module.params["w"]!);
const files = () => readdirSync(dir).sort();

describe("the files", () => {
  it("are the last at the end of every epoch, and as many of the latest as asked", async () => {
    const saved: string[][] = [];
    await run({
      checkpoint: checkpointFolder({ dir, every: 3, keep: 2 }),
      callbacks: [{ onStep: () => void saved.push(files()) }],
    });
    expect(saved[2]).toEqual(["fit.lock"]); // after the step, before its checkpoint
    expect(saved[3]).toEqual(["fit.lock", "last.safetensors", "step-00000003.safetensors"]);
    expect(files()).toEqual(["last.safetensors", "step-00000006.safetensors", "step-00000008.safetensors"]);
  });

  it("are each made once: the numbered one has the bytes of the last, without another look at the weights", async () => {
    const read = vi.spyOn(tf.Tensor.prototype, "dataSync");
    const readsOf = async (keep: number) => {
      read.mockClear();
      await run({ checkpoint: checkpointFolder({ dir: join(dir, String(keep)), every: 1, keep }) });
      return read.mock.calls.length;
    };
    const [alone, kept] = [await readsOf(0), await readsOf(2)];
    read.mockRestore();
    expect(kept).toBe(alone);
    const bytes = (name: string) => readFileSync(join(dir, "2", name));
    expect(bytes("step-00000008.safetensors")).toEqual(bytes("last.safetensors"));
    expect(statSync(join(dir, "2", "last.safetensors")).nlink).toBe(1); // damage to one must not be damage to both
  });

  it("and the best by the metric asked for, the first of equals", async () => {
    const scores = [0.2, 0.9, 0.9, 0.5];
    await run({
      epochs: 4,
      checkpoint: checkpointFolder({ dir, best: { monitor: "accuracy", mode: "max" } }),
      callbacks: [{ measure: (epoch) => ({ accuracy: scores[epoch]! }) }],
    });
    const best = await loadCheckpoint(bestCheckpoint(dir));
    expect(best.history.epochs.map(({ metrics }) => metrics["accuracy"])).toEqual([0.2, 0.9]);
    best.dispose();
  });

  it("hold everything under plain names, for other programs too", async () => {
    await run({ checkpoint: checkpointFolder({ dir }) });
    const { tensors, metadata } = await readSafetensors(lastCheckpoint(dir));
    expect(Object.keys(tensors)).toEqual(
      expect.arrayContaining([
        "model.fc1.weight",
        "model.norm.running_var",
        "ema.fc1.weight",
        "optimizer.mean.fc1.weight",
        "optimizer.count.norm.bias",
        "history.loss",
        "history.loss/fit",
      ]),
    );
    expect(metadata).toMatchObject({ format: "fovea-checkpoint", version: "1", step: "8" });
    expect(JSON.parse(metadata["settings"]!)).toMatchObject({ seed: 5, optimizer: { name: "adamW", beta2: 0.999 } });
    tf.dispose(tensors);
  });

  it("give a module its weights, or their average", async () => {
    const { numbers } = await run({ checkpoint: checkpointFolder({ dir }) });
    const model = net(99);
    const checkpoint = await loadCheckpoint(lastCheckpoint(dir), { config: { dim: 5, layers: ["fc1", "fc2"] } });
    loadWeights(model, checkpoint.weights);
    expect(numbers).toMatchObject(numbersOf(model));
    loadWeights(model, checkpoint.ema!);
    expect(numbersOf(model)["fc2.bias"]).toEqual(numbers["ema.fc2.bias"]);
    expect(checkpoint.step).toBe(8);
    checkpoint.dispose();
    model.dispose();
  });

  it("of another run are not overwritten, unless it is asked for", async () => {
    await run({ checkpoint: checkpointFolder({ dir }), steps: 2 });
    await expect(run({ checkpoint: checkpointFolder({ dir }), steps: 2 })).rejects.toThrow(
      `fit: ${dir} has checkpoints of another run (last.safetensors); continue it with \`resume: true\`, choose another ` +
        "folder, or give it up with `overwrite: true`.",
    );
    await run({ checkpoint: checkpointFolder({ dir, overwrite: true }), steps: 3 });
    const checkpoint = await loadCheckpoint(lastCheckpoint(dir));
    expect(checkpoint.step).toBe(3);
    checkpoint.dispose();
  });

  it("of another run are safe from one that is resumed from elsewhere, too", async () => {
    const [one, other] = [join(dir, "one"), join(dir, "other")];
    await run({ checkpoint: checkpointFolder({ dir: one }), steps: 2 });
    await run({ checkpoint: checkpointFolder({ dir: other }), steps: 2 });
    await expect(
      run({ checkpoint: checkpointFolder({ dir: one }), steps: 2, resume: lastCheckpoint(other) }),
    ).rejects.toThrow("has checkpoints of another run");
  });

  it("are never those of half an update: an optimizer that throws saves nothing", async () => {
    const [optimizer, compile] = [adamW(), false]; // an update that reads a number is not compiled
    const update: typeof optimizer.update = (param, gradient, slots, info) => {
      if (info.name === "fc2.bias" && slots["count"]!.dataSync()[0] === 2) throw new Error("half way");
      optimizer.update(param, gradient, slots, info);
    };
    await expect(
      run({ compile, checkpoint: checkpointFolder({ dir, every: 1 }), optimizer: { ...optimizer, update } }),
    ).rejects.toThrow("half way");
    const checkpoint = await loadCheckpoint(lastCheckpoint(dir));
    checkpoint.dispose();
    expect(checkpoint.step).toBe(2);
    const resumed = await run({ compile, checkpoint: checkpointFolder({ dir }), resume: true });
    expect(resumed).toEqual(await run({ compile }));
  });

  it("are told of if there is no best, as nothing is called that", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    await run({ checkpoint: checkpointFolder({ dir, best: { monitor: "acuracy" } }), steps: 1 });
    expect(warn.mock.calls[0]![0]).toMatch(/^fit: no epoch measured `acuracy`, so there is no best; there are loss, /);
    warn.mockRestore();
  });

  it("that a killed run left half-written are cleared away", async () => {
    const names = ["last", "best", "step-00000012"].map((name) => `${name}.safetensors.3810293012`);
    for (const name of names) writeFileSync(join(dir, name), "half");
    await run({ checkpoint: checkpointFolder({ dir }), steps: 1 });
    expect(files()).toEqual(["last.safetensors"]);
  });

  it("that some other program is writing there are left alone", async () => {
    writeFileSync(join(dir, "embeddings.safetensors.3810293012"), "half");
    await run({ checkpoint: checkpointFolder({ dir }), steps: 1 });
    expect(files()).toEqual(["embeddings.safetensors.3810293012", "last.safetensors"]);
  });
});

describe("loadCheckpoint refuses", () => {
  const rejects = async (path: string, message: RegExp | string, options = {}) => {
    const attempt = loadCheckpoint(path, options);
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toBeInstanceOf(CheckpointError);
  };

  it("a file that is missing, truncated anywhere, or something else", async () => {
    await run({ checkpoint: checkpointFolder({ dir }) });
    const bytes = readFileSync(lastCheckpoint(dir));
    const path = join(dir, "other");
    await rejects(path, `loadCheckpoint: cannot read ${path}: ENOENT`);
    for (const length of [0, 5, 8, 100, bytes.length / 2, bytes.length - 1]) {
      writeFileSync(path, bytes.subarray(0, length));
      await rejects(path, `loadCheckpoint: cannot read ${path}: `);
    }
    const weights = { w: tf.zeros([2]) };
    await saveSafetensors(path, weights);
    tf.dispose(weights);
    await rejects(
      path,
      `${path} is a safetensors file, but no checkpoint of a run; \`loadWeights\` reads weights alone.`,
    );
  });

  it("another format version, config, or metadata that make no sense", async () => {
    await run({ checkpoint: checkpointFolder({ dir }) });
    const { tensors, metadata } = await readSafetensors(lastCheckpoint(dir));
    const path = join(dir, "other");
    await saveSafetensors(path, tensors, { ...metadata, version: "2" });
    await rejects(path, `${path} has format version 2, this release of @fovea/train reads version 1.`);
    await saveSafetensors(path, tensors, { ...metadata, epochs: "[{" });
    await rejects(path, `loadCheckpoint: ${path} is damaged: `);
    tf.dispose(tensors);
    await rejects(lastCheckpoint(dir), "config.dim: 5 in the checkpoint, 7 now", {
      config: { dim: 7, layers: ["fc1", "fc2"] },
    });
  });

  it("and `fit` one whose tensors do not fit the module, which keeps its weights", async () => {
    const small = holder({ w: [1, 2] });
    await fit({
      ...base,
      module: small,
      loss: sum(small),
      batches: nothing(),
      steps: 1,
      checkpoint: checkpointFolder({ dir }),
    });
    for (const params of [{ w: [1, 2, 3] }, { w: [1, 2], v: [4] }] as Record<string, number[]>[]) {
      const other = holder(params);
      const attempt = fit({
        ...base,
        module: other,
        loss: sum(other),
        batches: nothing(),
        steps: 2,
        checkpoint: checkpointFolder({ dir: join(dir, "other") }),
        resume: lastCheckpoint(dir),
      });
      await expect(attempt).rejects.toThrow(/does not fit: loadWeights: nothing was loaded: /);
      expect(Array.from(other.params["w"]!.dataSync())).toEqual(params["w"]);
      other.dispose();
    }
    small.dispose();
  });

  it("to resume from nowhere", async () => {
    await expect(run({ resume: true })).rejects.toThrow(
      "fit: `resume` needs `checkpoint`, to know from where: `checkpointFolder({ dir })`, say.",
    );
    await expect(run({ resume: join(dir, "none") })).rejects.toThrow("fit: `resume` needs `checkpoint`");
    await expect(run({ checkpoint: checkpointFolder({ dir }), resume: join(dir, "none") })).rejects.toThrow("ENOENT");
    expect(readdirSync(dir)).toEqual([]); // the lock is given back
  });

  it("counts that are none, in the folder and in a store of one's own", async () => {
    expect(() => checkpointFolder({ dir, every: 0 })).toThrow(
      "checkpointFolder: `every` must be a whole number of at least 1",
    );
    expect(() => checkpointFolder({ dir, keep: -1 })).toThrow(
      "checkpointFolder: `keep` must be a whole number of at least 0",
    );
    expect(() => checkpointFolder({ dir, best: { monitor: "loss", mode: "maximum" as "max" } })).toThrow(
      "checkpointFolder: `best.mode` must be one of min, max, got maximum.",
    );
    const checkpoint = { ...checkpointFolder({ dir }), every: 0 };
    await expect(run({ checkpoint })).rejects.toThrow("fit: `checkpoint.every` must be a whole number of at least 1");
  });
});

describe("whatever ends a run, the last whole step is on disk", () => {
  const stepOnDisk = async () => {
    const checkpoint = await loadCheckpoint(lastCheckpoint(dir));
    checkpoint.dispose();
    return checkpoint.step;
  };

  it("a batch that cannot be read, which a resumed run reads again", async () => {
    const whole = await run();
    const good = points({ count: 10, batch: 2 });
    const bad = {
      ...good,
      batch: (n: number) => (n === 11 ? Promise.reject(new Error("bad cat.png")) : good.batch(n)),
    };
    await expect(run({ batches: bad, checkpoint: checkpointFolder({ dir, every: 1000 }) })).rejects.toThrow(
      "bad cat.png",
    );
    expect(await stepOnDisk()).toBe(5); // batches 10 and 11 are the sixth step's
    expect(await run({ checkpoint: checkpointFolder({ dir }), resume: true })).toEqual(whole);
  });

  it("a loss that throws after it has changed the running statistics", async () => {
    const whole = await run();
    const model = net(1);
    let calls = 0;
    const fails = () => {
      if (++calls === 4) throw new Error("shape of cat.png");
    };
    const attempt = run({
      checkpoint: checkpointFolder({ dir, every: 1000 }),
      samples: (batch) => (fails(), batch.x.shape[0]!),
    });
    await expect(attempt).rejects.toThrow("shape of cat.png");
    expect(await stepOnDisk()).toBe(1);
    expect(await run({ checkpoint: checkpointFolder({ dir }), resume: true })).toEqual(whole);
    model.dispose();
  });

  it("Ctrl-C", async () => {
    const whole = await run();
    const handlers = process.listenerCount("SIGINT");
    const interrupt = {
      onStep: ({ step }: { step: number }) => void (step === 2 && process.kill(process.pid, "SIGINT")),
    };
    const { history } = await withInterrupt((signal) =>
      run({ checkpoint: checkpointFolder({ dir, every: 1000 }), callbacks: [interrupt], signal }),
    );
    expect(history.stopped).toBe("aborted: SIGINT");
    expect(await stepOnDisk()).toBe(history.steps["loss"]!.length);
    expect(process.listenerCount("SIGINT")).toBe(handlers);
    expect(await run({ checkpoint: checkpointFolder({ dir }), resume: true })).toEqual(whole);
  });
});

it("that cannot be written ends the run with an error that says so", async () => {
  mkdirSync(lastCheckpoint(dir)); // a folder where the file should go
  const attempt = run({ checkpoint: checkpointFolder({ dir, overwrite: true }), steps: 2 });
  await expect(attempt).rejects.toThrow(`saveCheckpoint: could not write ${lastCheckpoint(dir)}: `);
  await expect(attempt).rejects.toBeInstanceOf(CheckpointError);
});

it("does not take an error of `onError` for the one that matters", async () => {
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const model = net();
  const throws = (message: string) => () => {
    throw new Error(message);
  };
  const callbacks = [{ onStep: throws("first"), onError: throws("second") }];
  const attempt = fit({ ...base, module: model, loss: logistic(model), batches: points(), steps: 1, callbacks });
  await expect(attempt).rejects.toThrow("first");
  expect(warn).toHaveBeenCalledWith("fit: after an error, another: second", "FoveaWarning");
  warn.mockRestore();
  model.dispose();
});
