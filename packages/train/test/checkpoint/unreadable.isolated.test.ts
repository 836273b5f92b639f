import "../../../../tools/vitest/setup.js";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import type * as Fs from "node:fs/promises";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeSafetensors } from "@fovea/nn";
import { readSafetensors, saveSafetensors } from "@fovea/nn/node";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { seal, UNSEALED } from "../../src/node/checkpoint/checksum.js";
import { CheckpointError } from "../../src/index.js";
import { checkpointFolder, lastCheckpoint, loadCheckpoint } from "../../src/node/index.js";
import { run } from "./run.js";

vi.mock("node:fs/promises", async (original) => {
  const fs = await original<typeof Fs>();
  return { ...fs, open: vi.fn(fs.open) };
});
const realFs = await vi.importActual<typeof Fs>("node:fs/promises");

let dir: string;
let before: number;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "fovea-train-"));
  before = tf.memory().numTensors;
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.mocked(open).mockImplementation(realFs.open);
  rmSync(dir, { recursive: true });
  expect(tf.memory().numTensors).toBe(before);
});

describe("`resume: true` passes over no checkpoint that it merely cannot read", () => {
  const options = () => ({ checkpoint: checkpointFolder({ dir, every: 2, keep: 3, overwrite: true }), resume: true });
  /** A folder with numbered checkpoints to fall back on, whose last is as `change` makes it. */
  const refused = async (message: string | RegExp, change: (last: string) => unknown) => {
    await run({ ...options(), steps: 4 });
    const last = lastCheckpoint(dir);
    await change(last);
    const before = contents();
    const attempt = run({ ...options(), steps: 6 });
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toBeInstanceOf(CheckpointError);
    vi.mocked(open).mockImplementation(realFs.open);
    expect(contents()).toEqual(before);
  };
  const contents = () => readdirSync(dir).map((name) => [name, statSync(join(dir, name)).mtimeMs]);
  /** The same file with other metadata, its checksum right. */
  const rewritten = async (path: string, change: (metadata: Record<string, string>) => Record<string, string>) => {
    const { tensors, metadata } = await readSafetensors(path);
    const bytes = encodeSafetensors(tensors, change({ ...metadata, ...UNSEALED }));
    seal(bytes);
    writeFileSync(path, bytes);
    tf.dispose(tensors);
  };

  it("one of a later format version", () =>
    refused("last.safetensors has format version 2, this release of @fovea/train reads version 1.", (last) =>
      rewritten(last, (metadata) => ({ ...metadata, version: "2" })),
    ));

  it("one of a later format version that has another checksum, or none", () =>
    refused("has format version 2", async (last) => {
      const { tensors, metadata } = await readSafetensors(last);
      await saveSafetensors(last, tensors, { ...metadata, version: "2" });
      tf.dispose(tensors);
    }));

  it("one whose checksum holds, and that has no such metadata as this release writes", () =>
    refused("is not as this release of @fovea/train writes checkpoints: its metadata has no `columns`", (last) =>
      rewritten(last, ({ columns: _, ...metadata }) => metadata),
    ));

  it("another program's file of this name", () =>
    refused("is a safetensors file, but no checkpoint of a run", async (last) => {
      const weights = { w: tf.zeros([2]) };
      await saveSafetensors(last, weights);
      weights.w.dispose();
    }));

  it.each(["EIO", "EACCES", "EMFILE", "ENOMEM"])("one that the system does not give: %s", (code) =>
    refused(`loadCheckpoint: cannot read ${lastCheckpoint(dir)}: ${code}: not now`, (last) => {
      vi.mocked(open).mockImplementation((path, ...rest) =>
        path === last
          ? Promise.reject(Object.assign(new Error(`${code}: not now`), { code }))
          : realFs.open(path, ...rest),
      );
    }),
  );

  it("a folder of this name", () =>
    refused(/^loadCheckpoint: cannot read .*last\.safetensors: EISDIR/, (last) => {
      rmSync(last);
      mkdirSync(last);
    }));
});

it("a checkpoint of more than 2 GiB is read by its parts", async () => {
  const path = join(dir, "large.safetensors");
  const size = 2 ** 31 + 4;
  const metadata = { format: "fovea-checkpoint", version: "2" };
  const json = JSON.stringify({
    __metadata__: metadata,
    "model.w": { dtype: "F32", shape: [size / 4], data_offsets: [0, size] },
  });
  const header = Buffer.from(`\0\0\0\0\0\0\0\0${json}`);
  header.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(path, header);
  truncateSync(path, header.length + size); // zeros that take no place on the disk
  await expect(loadCheckpoint(path)).rejects.toThrow("has format version 2"); // known without its numbers
});
