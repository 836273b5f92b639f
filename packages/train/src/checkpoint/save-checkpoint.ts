import { saveSafetensors } from "@fovea/nn/node";
import * as tf from "@tensorflow/tfjs-core";
import { CheckpointError, FORMAT, VERSION, type Snapshot } from "./checkpoint.js";

/**
 * Writes a snapshot as one safetensors file, whole or not at all: its tensors, the history's columns as `history.name`,
 * and everything else as JSON strings in the file's metadata.
 *
 * @throws CheckpointError if the file cannot be written; a file of that name is then as it was
 */
export async function saveCheckpoint(path: string, snapshot: Snapshot): Promise<void> {
  const { step, batches, config, settings, history, variables } = snapshot;
  const columns = Object.entries(history.steps).map(
    ([name, values]) => [`history.${name}`, tf.tensor1d(values)] as const,
  );
  const metadata = { config, settings, epochs: history.epochs, columns: Object.keys(history.steps), step, batches };
  const strings = Object.entries(metadata).map(([key, value]) => [key, JSON.stringify(value ?? null)] as const);
  try {
    await saveSafetensors(
      path,
      { ...variables, ...Object.fromEntries(columns) },
      { format: FORMAT, version: String(VERSION), ...Object.fromEntries(strings) },
    );
  } catch (cause) {
    throw new CheckpointError(
      `saveCheckpoint: could not write ${path}: ${(cause as Error).message}. What was there before is intact.`,
      { cause },
    );
  } finally {
    tf.dispose(columns.map(([, column]) => column));
  }
}
