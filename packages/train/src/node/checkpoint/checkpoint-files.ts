import { readdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { warn } from "../../warn.js";
import {
  CheckpointError,
  DamagedCheckpointError,
  type Checkpoint,
  type Snapshot,
} from "../../checkpoint/checkpoint.js";
import { loadCheckpoint } from "./load-checkpoint.js";
import { saveCopies } from "./save-checkpoint.js";

/** A folder, and how its files are kept. */
interface FolderOptions {
  readonly dir: string;
  readonly keep?: number;
  readonly overwrite?: boolean;
}

/** Path of the latest checkpoint in a folder. */
export const lastCheckpoint = (dir: string): string => join(dir, "last.safetensors");

/** Path of the best checkpoint in a folder. */
export const bestCheckpoint = (dir: string): string => join(dir, "best.safetensors");

/**
 * The checkpoint of a folder to go on from: the last; or, where that is missing or damaged, the latest numbered one
 * that is not; or else the best. Those passed over are warned of. The caller disposes it.
 *
 * @returns undefined if the folder has none
 * @throws CheckpointError if there are some, and all are damaged, or one before the first good one cannot be read for
 * another reason: what this release does not understand, or the system does not give just now, is not to be lost
 */
export async function latestCheckpoint(dir: string): Promise<Checkpoint | undefined> {
  const names = await readdir(dir);
  const numbers = names
    .filter((name) => NUMBERED.test(name))
    .sort()
    .reverse();
  const present = ["last.safetensors", ...numbers, "best.safetensors"].filter((name) => names.includes(name));
  const passed = present.length > 0 && present[0] !== "last.safetensors" ? ["there is no last.safetensors"] : [];
  for (const name of present) {
    try {
      const checkpoint = await loadCheckpoint(join(dir, name));
      if (passed.length > 0) warn(`fit: goes on from ${name}, step ${checkpoint.step}: ${passed.join("; ")}.`);
      return checkpoint;
    } catch (error) {
      if (!(error instanceof DamagedCheckpointError)) throw error;
      passed.push(error.message.replace(/\.$/, ""));
    }
  }
  if (present.length === 0) return undefined;
  throw new CheckpointError(
    `fit: none of the checkpoints in ${dir} can be read: ${passed.join("; ")}. ` +
      "Choose another folder, or give the run up with `overwrite: true` and without `resume`.",
  );
}

/**
 * Clears away what a killed run left half-written, in a folder that is locked for this one.
 *
 * @param resumed - the checkpoint that the run goes on from, if any
 * @throws CheckpointError if a run would overwrite another
 */
export async function prepareFolder({ dir, overwrite = false }: FolderOptions, resumed?: string): Promise<void> {
  const names = await readdir(dir);
  const files = names.filter((name) => name.endsWith(".safetensors"));
  const own = resumed !== undefined && resolve(dirname(resumed)) === resolve(dir);
  if (files.length > 0 && !own && !overwrite)
    throw new CheckpointError(
      `fit: ${dir} has checkpoints of another run (${files.slice(0, 3).join(", ")}); ` +
        "continue it with `resume: true`, choose another folder, or give it up with `overwrite: true`.",
    );
  await removeAll(
    dir,
    names.filter((name) => HALF_WRITTEN.test(name)),
  );
}

/** Writes the last checkpoint, and, if asked, the numbered one, of which all but the latest `keep` are then removed. */
export async function saveLast({ dir, keep = 0 }: FolderOptions, snapshot: Snapshot): Promise<void> {
  const last = lastCheckpoint(dir);
  if (keep === 0) return saveCopies([last], snapshot);
  await saveCopies([last, join(dir, numbered(snapshot.step))], snapshot);
  const earlier = (await readdir(dir)).filter((name) => NUMBERED.test(name) && name <= numbered(snapshot.step));
  await removeAll(dir, earlier.sort().slice(0, -keep));
}

const removeAll = async (dir: string, names: readonly string[]): Promise<void> =>
  void (await Promise.all(names.map((name) => rm(join(dir, name), { force: true }))));

/** write-file-atomic's temporary names of the files that `fit` writes, and of no others. */
const HALF_WRITTEN = /^(last|best|step-\d+)\.safetensors\.\d+$/;

const NUMBERED = /^step-\d+\.safetensors$/;

const numbered = (step: number): string => `step-${String(step).padStart(8, "0")}.safetensors`;
