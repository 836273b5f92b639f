import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSafetensors, saveSafetensors } from "@fovea/nn/node";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  bestCheckpoint,
  CheckpointError,
  constant,
  fit,
  lastCheckpoint,
  loadCheckpoint,
  saveCheckpoint,
  sgd,
} from "../../src/index.js";
import { holder, nothing } from "../support.js";
import { run } from "./run.js";

let dir: string;
let before: number;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "fovea-train-"));
  before = tf.memory().numTensors;
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true });
  expect(tf.memory().numTensors).toBe(before);
});

/** A checkpoint of a few hundred bytes. */
async function small(): Promise<string> {
  const module = holder({ w: [1, -2] });
  const loss = () => tf.sum(tf.square(module.params["w"]!));
  const options = { module, loss, batches: nothing(), steps: 2, config: { note: 'said "sha256":"0' } };
  await fit({ ...options, optimizer: sgd({ momentum: 0.9 }), schedule: constant(0.1), checkpoint: { dir } });
  module.dispose();
  return lastCheckpoint(dir);
}

const flip = (path: string, position: number, bits: number) => {
  const bytes = readFileSync(path);
  bytes[position]! ^= bits;
  writeFileSync(path, bytes);
};

describe("the checksum", () => {
  it("finds a flipped bit in any byte of the file", { timeout: 60_000 }, async () => {
    const path = await small();
    const [good, other] = [readFileSync(path), join(dir, "other")];
    const missed: string[] = [];
    for (const [position, byte] of good.entries()) {
      const bad = Buffer.from(good);
      bad[position] = byte ^ (1 << (position % 8));
      writeFileSync(other, bad);
      const error: unknown = await loadCheckpoint(other).then(
        (checkpoint) => checkpoint.dispose(),
        (e) => e,
      );
      if (!(error instanceof CheckpointError)) missed.push(`byte ${position} of ${good.length}: ${error}`);
    }
    expect(missed).toEqual([]);
    (await loadCheckpoint(path)).dispose();
  });

  it("says what is wrong with a number that has changed", async () => {
    const path = await small();
    flip(path, readFileSync(path).length - 1, 4);
    await expect(loadCheckpoint(path)).rejects.toThrow(
      `loadCheckpoint: ${path} is damaged: its bytes are not those that were written (SHA-256)`,
    );
  });

  it("is not there in files of earlier releases, which are read as ever", async () => {
    const path = await small();
    const { tensors, metadata } = await readSafetensors(path);
    const { sha256, steps, ...earlier } = metadata;
    expect([sha256, steps]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), "2"]);
    await saveSafetensors(path, tensors, earlier);
    const checkpoint = await loadCheckpoint(path);
    expect([checkpoint.step, checkpoint.steps]).toEqual([2, null]);
    checkpoint.dispose();
    await saveSafetensors(path, tensors, { ...earlier, sha257: sha256! });
    await expect(loadCheckpoint(path)).rejects.toThrow(
      "is damaged: its metadata has a `sha257`, which no release writes",
    );
    tf.dispose(tensors);
  });
});

describe("`resume: true` goes on from the latest checkpoint that can be read", () => {
  const options = () => ({ checkpoint: { dir, every: 2, keep: 3, best: { monitor: "loss" } }, resume: true });
  /** Six of eight steps, which is a whole run's beginning. */
  const begin = async () => {
    const controller = new AbortController();
    const stop = { onStep: ({ step }: { step: number }) => void (step === 5 && controller.abort()) };
    await run({ ...options(), callbacks: [stop], signal: controller.signal });
    expect(readdirSync(dir).sort()).toEqual([
      "best.safetensors",
      "last.safetensors",
      ...[2, 4, 6].map((step) => `step-0000000${step}.safetensors`),
    ]);
    return vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  };
  const path = (name: string) => join(dir, `${name}.safetensors`);
  /** Which step a resumed run begins with. It must end as one that ran through. */
  const resumedAt = async () => {
    let from = -1;
    const look = { onStart: ({ startStep }: { startStep: number }) => void (from = startStep) };
    const { checkpoint: _, ...alone } = options();
    expect(await run({ ...options(), callbacks: [look] })).toEqual(await run({ ...alone, resume: false }));
    return from;
  };

  it("the last, without a word", async () => {
    const warn = await begin();
    expect(await resumedAt()).toBe(6);
    expect(warn).not.toHaveBeenCalled();
  });

  it("a numbered one, where the last is missing", async () => {
    const warn = await begin();
    rmSync(path("last"));
    expect(await resumedAt()).toBe(6);
    expect(warn.mock.calls.map(([message]) => message)).toEqual([
      "fit: goes on from step-00000006.safetensors, step 6: there is no last.safetensors.",
    ]);
  });

  it("an earlier one, where those after it are damaged: cut off, empty, or with a flipped bit", async () => {
    const warn = await begin();
    truncateSync(path("last"), 100);
    flip(path("step-00000006"), readFileSync(path("step-00000006")).length - 3, 1);
    truncateSync(path("step-00000004"), 0);
    expect(await resumedAt()).toBe(2);
    const [message] = warn.mock.calls[0]!;
    expect(message).toMatch(/^fit: goes on from step-00000002\.safetensors, step 2: loadCheckpoint: cannot read /);
    expect(message).toContain(`; loadCheckpoint: ${path("step-00000006")} is damaged: its bytes are not those`);
    expect(message).toContain(`; loadCheckpoint: cannot read ${path("step-00000004")}: `);
  });

  it("the best, where no other is left", async () => {
    const warn = await begin();
    for (const name of ["last", "step-00000002", "step-00000004", "step-00000006"]) rmSync(path(name));
    expect(await resumedAt()).toBeGreaterThan(0);
    expect(warn.mock.calls[0]![0]).toMatch(/^fit: goes on from best\.safetensors, step \d: there is no last/);
  });

  it("or says of each why none can be, and touches nothing", async () => {
    await begin();
    for (const name of readdirSync(dir)) truncateSync(join(dir, name), 9);
    const attempt = run(options());
    await expect(attempt).rejects.toBeInstanceOf(CheckpointError);
    await expect(attempt).rejects.toThrow(/^fit: none of the checkpoints in .* can be read: /);
    for (const name of readdirSync(dir)) await expect(attempt).rejects.toThrow(name);
    await expect(attempt).rejects.toThrow("give the run up with `checkpoint.overwrite` and without `resume`.");
    expect(readdirSync(dir)).toHaveLength(5);
    await run({ ...options(), checkpoint: { dir, overwrite: true }, resume: false }); // as it says
  });

  it("but from no other than the one that was named", async () => {
    await begin();
    truncateSync(path("last"), 100);
    await expect(run({ ...options(), resume: path("last") })).rejects.toThrow("cannot read");
  });
});

describe("what JSON cannot hold", () => {
  it.each([
    [{ size: 10n }, "`config.size` must be plain JSON, for the checkpoints, got a bigint."],
    [{ model: { scale: [1, NaN] } }, "`config.model.scale[1]` must be plain JSON, for the checkpoints, got NaN."],
    [{ act: () => 1 }, "`config.act` must be plain JSON, for the checkpoints, got a function."],
    [{ classes: new Map() }, "`config.classes` must be plain JSON, for the checkpoints, got a Map."],
    [{ mean: new Float32Array(3) }, "`config.mean` must be plain JSON, for the checkpoints, got a Float32Array."],
    [[undefined], "`config[0]` must be plain JSON, for the checkpoints, got undefined."],
  ])("in `config` %o is refused before the first batch", async (config, message) => {
    const batch = vi.fn(() => Promise.reject(new Error("asked for")));
    const attempt = run({ config, checkpoint: { dir }, batches: { stepsPerEpoch: 5, batch } });
    await expect(attempt).rejects.toThrow(`fit: ${message}`);
    await expect(attempt).rejects.toBeInstanceOf(TypeError);
    expect(batch).not.toHaveBeenCalled();
    expect(readdirSync(dir)).toEqual([]);
  });

  it("among it, what contains itself", async () => {
    const config: { inner: { outer?: unknown } } = { inner: {} };
    config.inner.outer = config;
    await expect(run({ config })).rejects.toThrow(
      "fit: `config.inner.outer` must be plain JSON, for the checkpoints, got an object that contains itself.",
    );
  });

  it("is not what is merely undefined, or twice the same object", async () => {
    const shared = { a: [1, null, "x", true] };
    await run({ config: { one: shared, two: shared, absent: undefined }, steps: 1, checkpoint: { dir } });
    const options = { config: { one: { ...shared }, two: shared } };
    (await loadCheckpoint(lastCheckpoint(dir), options)).dispose();
  });

  it("in an optimizer of one's own is refused as well", async () => {
    const optimizer = { ...sgd(), config: { name: "own", at: Infinity } };
    await expect(run({ optimizer, steps: 1 })).rejects.toThrow("fit: `optimizer.config.at` must be plain JSON");
  });

  it("among metrics ends the run before it costs the epoch, which a resumed run measures again", async () => {
    const whole = await run({ callbacks: [{ measure: () => ({ accuracy: 1 }) }] });
    const bad = { measure: () => ({ accuracy: 1n as unknown as number }) };
    const options = { checkpoint: { dir }, resume: true };
    await expect(run({ ...options, callbacks: [bad] })).rejects.toThrow(
      "fit: `measure` of a callback must return numbers; accuracy is 1 (bigint).",
    );
    const checkpoint = await loadCheckpoint(lastCheckpoint(dir));
    checkpoint.dispose();
    expect(checkpoint.step).toBe(3);
    expect(await run({ ...options, callbacks: [{ measure: () => ({ accuracy: 1 }) }] })).toEqual(whole);
  });

  it("among metrics is not infinity, which comes back", async () => {
    const metrics = { up: Infinity, down: -Infinity, none: NaN, some: 0.1 };
    const { history } = await run({ checkpoint: { dir }, callbacks: [{ measure: () => metrics }] });
    const checkpoint = await loadCheckpoint(lastCheckpoint(dir));
    expect(checkpoint.history.epochs).toEqual(history.epochs);
    expect(checkpoint.history.epochs[0]!.metrics).toMatchObject(metrics);
    await saveCheckpoint(bestCheckpoint(dir), checkpoint);
    checkpoint.dispose();
    const again = await loadCheckpoint(bestCheckpoint(dir));
    again.dispose();
    expect(again.history).toEqual(checkpoint.history);
  });
});
