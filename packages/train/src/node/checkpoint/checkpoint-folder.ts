import { requireCounts, requireOneOf } from "@fovea/nn";
import type { Checkpoint } from "../../checkpoint/checkpoint.js";
import type { BestEpochOptions, CheckpointStore, RunCheckpoints } from "../../checkpoint/checkpoint-store.js";
import { bestCheckpoint, latestCheckpoint, prepareFolder, saveLast } from "./checkpoint-files.js";
import { lockFolder, type FolderLock } from "./folder-lock.js";
import { loadCheckpoint } from "./load-checkpoint.js";
import { saveCheckpoint } from "./save-checkpoint.js";

/** What `checkpointFolder` is made from: the folder, which checkpoints are written to it, and when. */
export interface CheckpointFolderOptions {
  /**
   * The folder for `last.safetensors` and the other checkpoints. It is made if it does not exist. Only one run at a
   * time can use it.
   */
  readonly dir: string;
  /**
   * Steps from one checkpoint to the next. However the run ends, it writes one more. Default: the steps of an epoch.
   */
  readonly every?: number;
  /** Number of earlier checkpoints to keep, as `step-00000120.safetensors`, beside the last one. Default 0. */
  readonly keep?: number;
  /**
   * Also write `best.safetensors` after each epoch whose metric `monitor` is better than all before. Default: no such
   * file.
   */
  readonly best?: BestEpochOptions;
  /**
   * Whether a new run may replace the checkpoints of an earlier one in the folder. Default false: this is an error,
   * unless the run is resumed.
   */
  readonly overwrite?: boolean;
}

/**
 * A folder of checkpoints, for `fit`'s `checkpoint`. Each is one safetensors file, written completely or not at all;
 * `resume` may name such a file, of this folder or another.
 *
 * @throws RangeError for counts that are none, or a mode that is neither "min" nor "max"
 */
export function checkpointFolder(options: CheckpointFolderOptions): CheckpointStore {
  const { dir, every, keep = 0, best } = options;
  requireCounts("checkpointFolder", { every: every ?? 1 });
  requireCounts("checkpointFolder", { keep }, 0);
  if (best) requireOneOf("checkpointFolder", { "best.mode": best.mode ?? "min" }, ["min", "max"]);
  return {
    every,
    best,
    open: async (resume) => {
      const lock = lockFolder(dir); // before anything there is read
      try {
        return checkpointsIn(options, lock, await makeReady(options, resume));
      } catch (error) {
        lock.release();
        throw error;
      }
    },
  };
}

/** Finds what to go on from, and makes the folder ready. */
async function makeReady(options: CheckpointFolderOptions, resume: boolean | string): Promise<Checkpoint | undefined> {
  const from =
    typeof resume === "string"
      ? await loadCheckpoint(resume)
      : resume
        ? await latestCheckpoint(options.dir)
        : undefined;
  try {
    await prepareFolder(options, from?.path);
    return from;
  } catch (error) {
    from?.dispose();
    throw error;
  }
}

function checkpointsIn(
  options: CheckpointFolderOptions,
  lock: FolderLock,
  from: Checkpoint | undefined,
): RunCheckpoints {
  const path = bestCheckpoint(options.dir);
  return {
    from,
    saveLast: async (snapshot) => {
      lock.requireHeld();
      await saveLast(options, snapshot);
    },
    saveBest: async (snapshot) => {
      lock.requireHeld();
      await saveCheckpoint(path, snapshot);
    },
    loadBest: () => loadCheckpoint(path),
    close: () => lock.release(),
  };
}
