import { encodeSafetensors } from "@fovea/nn";
import { writeFileAtomic } from "@fovea/nn/node";
import * as tf from "@tensorflow/tfjs-core";
import { seal, UNSEALED } from "./checksum.js";
import { CheckpointError, FORMAT, VERSION, type Snapshot } from "../../checkpoint/checkpoint.js";

/**
 * Writes a snapshot as one safetensors file, completely or not at all: its tensors, the history's columns as
 * `history.name`, and everything else as JSON strings in the file's metadata, with the SHA-256 of it all.
 *
 * @throws CheckpointError if the file cannot be written; a file of that name is then as it was
 */
export const saveCheckpoint = (path: string, snapshot: Snapshot): Promise<void> => saveCopies([path], snapshot);

/** `saveCheckpoint` to several files of the same bytes, in turn. */
export async function saveCopies(paths: readonly string[], snapshot: Snapshot): Promise<void> {
  let path = paths[0];
  try {
    const bytes = encode(snapshot);
    for (path of paths) await writeFileAtomic(path, bytes);
  } catch (cause) {
    throw new CheckpointError(
      `saveCheckpoint: could not write ${path}: ${(cause as Error).message}. What was there before is intact.`,
      { cause },
    );
  }
}

function encode({ step, steps, batches, config, settings, history, variables }: Snapshot): Uint8Array {
  const columns = Object.entries(history.steps).map(
    ([name, values]) => [`history.${name}`, tf.tensor1d(values)] as const,
  );
  const named = { config, settings, epochs: history.epochs, columns: Object.keys(history.steps), step, steps, batches };
  const strings = Object.entries(named).map(
    ([key, value]) => [key, JSON.stringify(value ?? null, infinities)] as const,
  );
  const metadata = { format: FORMAT, version: String(VERSION), ...UNSEALED, ...Object.fromEntries(strings) };
  try {
    const bytes = encodeSafetensors({ ...variables, ...Object.fromEntries(columns) }, metadata);
    seal(bytes);
    return bytes;
  } finally {
    tf.dispose(columns.map(([, column]) => column));
  }
}

/** JSON makes null of them, which is read as NaN. */
const infinities = (_key: string, value: unknown): unknown =>
  value === Infinity || value === -Infinity ? String(value) : value;
