import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { constant, ema, fit, sgd, type FitOptions } from "../src/index.js";
import { checkpointFolder } from "../src/node/index.js";
import { holder, nothing } from "./support.js";

let [dir, before] = ["", 0];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "fovea-best-"));
  before = tf.memory().numTensors;
});
afterEach(() => {
  rmSync(dir, { recursive: true });
  expect(tf.memory().numTensors).toBe(before);
});

/**
 * Walks w = −1, −2, −3, …, one step an epoch, of which the one nearest to −2 is the best. @returns w, and its average
 */
async function walk(options: Partial<FitOptions<{ x: tf.Tensor }>> = {}): Promise<[number, number]> {
  const module = holder({ w: [0] });
  const average = ema(module, { decay: 0, warmup: false }); // the weights themselves
  const w = () => module.params["w"]!.dataSync()[0]!;
  try {
    await fit({
      module,
      loss: () => tf.sum(module.params["w"]!),
      batches: nothing(),
      optimizer: sgd(),
      schedule: constant(1),
      epochs: 4,
      ema: average,
      callbacks: [{ measure: () => ({ distance: Math.abs(w() + 2) }) }],
      checkpoint: checkpointFolder({ dir, best: { monitor: "distance" } }),
      restoreBest: true,
      ...options,
    });
    return [w(), average.weights["w"]!.dataSync()[0]!];
  } finally {
    average.dispose();
    module.dispose();
  }
}

describe("restoreBest", () => {
  it("leaves the module and its average with the best epoch's weights, and without it with the last", async () => {
    expect(await walk()).toEqual([-2, -2]);
    expect(
      await walk({
        restoreBest: false,
        checkpoint: checkpointFolder({ dir, best: { monitor: "distance" }, overwrite: true }),
      }),
    ).toEqual([-4, -4]);
  });

  it("also when the run is resumed, or is done already; the checkpoint stays the last", async () => {
    expect(await walk({ epochs: 3 })).toEqual([-2, -2]);
    expect(await walk({ resume: true })).toEqual([-2, -2]);
    expect(await walk({ resume: true })).toEqual([-2, -2]);
    expect(await walk({ resume: true, restoreBest: false })).toEqual([-4, -4]);
  });

  it("not after an abort, since the run may go on", async () => {
    const controller = new AbortController();
    const stop = { onEpoch: ({ epoch }: { epoch: number }) => void (epoch === 2 && controller.abort()) };
    const w = await walk({
      signal: controller.signal,
      callbacks: [{ measure: (epoch) => ({ distance: Math.abs(epoch - 1) }) }, stop],
    });
    expect(w).toEqual([-3, -3]);
  });

  it("leaves the last weights where nothing was measured, with a warning", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    expect(await walk({ callbacks: [] })).toEqual([-4, -4]);
    expect(warn.mock.calls.flat().join()).toContain("no epoch measured `distance`");
    warn.mockRestore();
  });

  it("refuses a resume by another metric, whose best epoch has no checkpoint, before anything is done", async () => {
    const measure = (epoch: number) => ({ one: epoch, other: -epoch });
    const by = (monitor: string) => ({
      callbacks: [{ measure }],
      checkpoint: checkpointFolder({ dir, best: { monitor } }),
    });
    await walk({ ...by("one"), epochs: 2 });
    await expect(walk({ ...by("other"), resume: true })).rejects.toThrow(
      /`restoreBest` needs the weights after step 2, the best by `other`, but .*best\.safetensors has those after step 1\./,
    );
    expect(await walk({ ...by("other"), resume: true, restoreBest: false })).toEqual([-4, -4]);
  });

  it("refuses to go on in another folder, which lacks the best epoch so far", async () => {
    await walk({ epochs: 3 });
    const checkpoint = checkpointFolder({ dir: join(dir, "other"), best: { monitor: "distance" } });
    await expect(walk({ checkpoint, resume: join(dir, "last.safetensors") })).rejects.toThrow(
      /other.best\.safetensors/,
    );
  });

  it("goes on from a run that was killed between the checkpoint of its best epoch and the last one", async () => {
    await walk({ epochs: 1 });
    copyFileSync(join(dir, "last.safetensors"), join(dir, "first"));
    await walk({ epochs: 2, resume: true });
    copyFileSync(join(dir, "first"), join(dir, "last.safetensors")); // best.safetensors is of step 2
    expect(await walk({ resume: true })).toEqual([-2, -2]);
  });

  it("needs to know what is best", async () => {
    await expect(walk({ checkpoint: checkpointFolder({ dir }) })).rejects.toThrow(
      "fit: `restoreBest` needs `checkpoint.best`",
    );
  });
});
