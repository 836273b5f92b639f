import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sgd } from "../../src/index.js";
import {
  bestCheckpoint,
  checkpointFolder,
  lastCheckpoint,
  loadCheckpoint,
  saveCheckpoint,
} from "../../src/node/index.js";
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
    const attempt = run({ config, checkpoint: checkpointFolder({ dir }), batches: { stepsPerEpoch: 5, batch } });
    await expect(attempt).rejects.toThrow(`fit: ${message}`);
    await expect(attempt).rejects.toBeInstanceOf(TypeError);
    expect(batch).not.toHaveBeenCalled();
    expect(readdirSync(dir)).toEqual([]);
  });

  it("among it, what contains itself", async () => {
    const config: { inner: { outer?: unknown } } = { inner: {} };
    config.inner.outer = config;
    await expect(run({ config, checkpoint: checkpointFolder({ dir }) })).rejects.toThrow(
      "fit: `config.inner.outer` must be plain JSON, for the checkpoints, got an object that contains itself.",
    );
  });

  it("is not what is merely undefined, or twice the same object", async () => {
    const shared = { a: [1, null, "x", true] };
    await run({
      config: { one: shared, two: shared, absent: undefined },
      steps: 1,
      checkpoint: checkpointFolder({ dir }),
    });
    const options = { config: { one: { ...shared }, two: shared } };
    (await loadCheckpoint(lastCheckpoint(dir), options)).dispose();
  });

  it("is nobody's business where no checkpoint is written, and is where one is read", async () => {
    const options = { config: { longest: Infinity }, steps: 1 };
    expect((await run(options)).history.steps["loss"]).toHaveLength(1);
    const resumed = run({ ...options, checkpoint: checkpointFolder({ dir }), resume: join(dir, "none") });
    await expect(resumed).rejects.toThrow("`config.longest` must be plain JSON");
  });

  it("in an optimizer of one's own is refused as well", async () => {
    const optimizer = { ...sgd(), config: { name: "own", at: Infinity } };
    const attempt = run({ optimizer, steps: 1, checkpoint: checkpointFolder({ dir }) });
    await expect(attempt).rejects.toThrow("fit: `optimizer.config.at` must be plain JSON");
  });

  it("among metrics ends the run before it costs the epoch, which a resumed run measures again", async () => {
    const whole = await run({ callbacks: [{ measure: () => ({ accuracy: 1 }) }] });
    const bad = { measure: () => ({ accuracy: 1n as unknown as number }) };
    const options = { checkpoint: checkpointFolder({ dir }), resume: true };
    await expect(run({ ...options, callbacks: [bad] })).rejects.toThrow(
      "fit: `measure` of a callback must return numbers; accuracy is a bigint.",
    );
    const checkpoint = await loadCheckpoint(lastCheckpoint(dir));
    checkpoint.dispose();
    expect(checkpoint.step).toBe(3);
    expect(await run({ ...options, callbacks: [{ measure: () => ({ accuracy: 1 }) }] })).toEqual(whole);
  });

  it("among metrics is not infinity, which comes back", async () => {
    const metrics = { up: Infinity, down: -Infinity, none: NaN, some: 0.1 };
    const { history } = await run({ checkpoint: checkpointFolder({ dir }), callbacks: [{ measure: () => metrics }] });
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
