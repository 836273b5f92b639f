import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeSafetensors } from "@fovea/nn";
import { readSafetensors, saveSafetensors } from "@fovea/nn/node";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isIntact, seal, UNSEALED } from "../../src/node/checkpoint/checksum.js";
import { CheckpointError, constant, fit, sgd } from "../../src/index.js";
import { checkpointFolder, lastCheckpoint, loadCheckpoint } from "../../src/node/index.js";
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
  await fit({
    ...options,
    optimizer: sgd({ momentum: 0.9 }),
    schedule: constant(0.1),
    checkpoint: checkpointFolder({ dir }),
  });
  module.dispose();
  return lastCheckpoint(dir);
}

const flip = (path: string, position: number, bits: number) => {
  const bytes = readFileSync(path);
  bytes[position]! ^= bits;
  writeFileSync(path, bytes);
};

describe("the checksum", () => {
  it("finds a flipped bit in any byte of the file", async () => {
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
    await saveSafetensors(path, tensors, { ...earlier, steps: "2", sha257: sha256! });
    await expect(loadCheckpoint(path)).rejects.toThrow("is damaged: its metadata has no `sha256`.");
    tf.dispose(tensors);
  });

  it("holds for what a later release says besides, which is no damage", async () => {
    const path = await small();
    const checkpoint = await loadCheckpoint(path);
    const { tensors, metadata } = await readSafetensors(path);
    const bytes = encodeSafetensors(tensors, { ...metadata, ...UNSEALED, precision: "float32" });
    seal(bytes);
    writeFileSync(path, bytes);
    const later = await loadCheckpoint(path);
    expect([later.step, later.config]).toEqual([checkpoint.step, checkpoint.config]);
    [checkpoint, later].forEach((one) => one.dispose());
    tf.dispose(tensors);
  });

  it("is that of the whole file, which is hashed piece by piece", async () => {
    const tensors = { a: tf.range(0, 3.5e6), b: tf.ones([7]) }; // 14 MB: several pieces, of which the last is shorter
    const bytes = encodeSafetensors(tensors, UNSEALED);
    tf.dispose(tensors);
    const whole = createHash("sha256").update(bytes).digest("hex");
    seal(bytes);
    expect(Buffer.from(bytes.subarray(0, 300)).toString("latin1")).toContain(`"sha256":"${whole}"`);
    const path = join(dir, "large");
    const intact = async () => {
      writeFileSync(path, bytes);
      const file = await open(path);
      return isIntact(file, whole).finally(() => file.close());
    };
    expect(await intact()).toBe(true);
    for (const position of [9, bytes.length / 2, bytes.length - 1].map(Math.floor)) {
      bytes[position]! ^= 1;
      expect(await intact(), `byte ${position}`).toBe(false);
      bytes[position]! ^= 1;
    }
  });
});

describe("`resume: true` goes on from the latest checkpoint that can be read", () => {
  const options = () => ({
    checkpoint: checkpointFolder({ dir, every: 2, keep: 3, best: { monitor: "loss" } }),
    resume: true,
  });
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
    expect(await resumedAt()).toBe(5); // where the second epoch ends, which was better than the first
    expect(warn.mock.calls[0]![0]).toBe("fit: goes on from best.safetensors, step 5: there is no last.safetensors.");
  });

  it("or says of each why none can be, and touches nothing", async () => {
    await begin();
    for (const name of readdirSync(dir)) truncateSync(join(dir, name), 9);
    const attempt = run(options());
    await expect(attempt).rejects.toBeInstanceOf(CheckpointError);
    await expect(attempt).rejects.toThrow(/^fit: none of the checkpoints in .* can be read: /);
    for (const name of readdirSync(dir)) await expect(attempt).rejects.toThrow(name);
    await expect(attempt).rejects.toThrow("give the run up with `overwrite: true` and without `resume`.");
    expect(readdirSync(dir)).toHaveLength(5);
    await run({ ...options(), checkpoint: checkpointFolder({ dir, overwrite: true }), resume: false }); // as it says
  });

  it("but from no other than the one that was named", async () => {
    await begin();
    truncateSync(path("last"), 100);
    await expect(run({ ...options(), resume: path("last") })).rejects.toThrow("cannot read");
  });
});
