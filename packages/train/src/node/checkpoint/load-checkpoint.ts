import * as tf from "@tensorflow/tfjs-core";
import type { EpochRecord } from "../../history.js";
import {
  CheckpointError,
  DamagedCheckpointError,
  type Checkpoint,
  type RunSettings,
  type Snapshot,
} from "../../checkpoint/checkpoint.js";
import { jsonDifferences } from "../../checkpoint/json-differences.js";
import { plain, requireNone } from "../../checkpoint/same-run.js";
import { readCheckpoint } from "./read-checkpoint.js";

/** Checks that `loadCheckpoint` makes. */
export interface LoadCheckpointOptions {
  /** The config that the checkpoint must have. Default: any. */
  readonly config?: unknown;
}

/**
 * Reads a checkpoint, of any size. The caller disposes it.
 *
 * @throws CheckpointError if the file is missing, truncated, changed since it was written, no checkpoint, of another
 * format version, or of another config, whose differing keys it lists; then no tensor is left behind
 */
export async function loadCheckpoint(path: string, options: LoadCheckpointOptions = {}): Promise<Checkpoint> {
  const { tensors, metadata } = await readCheckpoint(path);
  try {
    const snapshot = parsed(path, tensors, metadata);
    const differences = "config" in options ? jsonDifferences("config", snapshot.config, plain(options.config)) : [];
    requireNone(path, differences);
    const ema = under("ema.", tensors);
    return {
      ...snapshot,
      path,
      weights: under("model.", tensors),
      ema: Object.keys(ema).length > 0 ? ema : null,
      dispose: () => tf.dispose(tensors),
    };
  } catch (error) {
    tf.dispose(tensors);
    throw error;
  }
}

/** The tensors whose names start with `prefix`, without it. */
const under = (prefix: string, tensors: Readonly<Record<string, tf.Tensor>>): Record<string, tf.Tensor> =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    ),
  );

/** A file whose checksum holds was not damaged later: another program wrote it so. */
function parsed(
  path: string,
  tensors: Record<string, tf.Tensor>,
  metadata: Readonly<Record<string, string>>,
): Snapshot {
  try {
    return snapshotOf(tensors, metadata);
  } catch (cause) {
    const [Kind, is] =
      metadata["sha256"] === undefined
        ? ([DamagedCheckpointError, "is damaged"] as const)
        : ([CheckpointError, "is not as this release of @fovea/train writes checkpoints"] as const);
    throw new Kind(`loadCheckpoint: ${path} ${is}: ${(cause as Error).message}`, { cause });
  }
}

function snapshotOf(tensors: Record<string, tf.Tensor>, metadata: Readonly<Record<string, string>>): Snapshot {
  const parse = (key: string): unknown => {
    if (metadata[key] === undefined) throw new RangeError(`its metadata has no \`${key}\``);
    return JSON.parse(metadata[key]);
  };
  const columns = (parse("columns") as string[]).map((name) => [name, tensors[`history.${name}`]!] as const);
  const number = (value: number | string | null) => (value === null ? NaN : Number(value)); // JSON has no NaN
  const epochs = (parse("epochs") as EpochRecord[]).map(({ metrics, ...rest }) => ({
    ...rest,
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, number(value)])),
  }));
  return {
    step: parse("step") as number,
    steps: metadata["steps"] === undefined ? null : (parse("steps") as number | null),
    batches: parse("batches") as number,
    config: parse("config"),
    settings: parse("settings") as RunSettings,
    history: {
      steps: Object.fromEntries(columns.map(([name, column]) => [name, Array.from(column.dataSync())])),
      epochs,
      stopped: null,
    },
    variables: Object.fromEntries(Object.entries(tensors).filter(([name]) => !name.startsWith("history."))),
  };
}
