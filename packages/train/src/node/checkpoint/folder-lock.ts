import { mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { takeLock, type LockHolder } from "@fovea/nn/node";
import { warn } from "../../warn.js";
import { CheckpointError } from "../../checkpoint/checkpoint.js";

/** A folder that is this run's alone. */
export interface FolderLock {
  /** @throws CheckpointError if the folder has become another's, which then must not be written to */
  requireHeld(): void;
  /** Gives the folder back; if that fails, with a warning, so that a run that has failed keeps its own error. */
  release(): void;
}

/** The lock's file. */
export const lockFile = (dir: string): string => join(dir, "fit.lock");

/**
 * Takes a folder, made if it is not there, for one run, before anything in it is touched. The lock is a file that
 * names its holder; that of a process of this machine that has ended is taken over.
 *
 * @throws CheckpointError that names the holder, if there is one
 */
export function lockFolder(dir: string): FolderLock {
  const path = lockFile(dir);
  const attempted = attempt(dir, () => {
    mkdirSync(dir, { recursive: true });
    return takeLock(path);
  });
  if (!attempted.lock) throw new CheckpointError(`fit: ${dir} is in use: ${sentenceOn(attempted.holder, path)}`);
  const { lock } = attempted;
  return {
    requireHeld: () => {
      const other = attempt(dir, () => lock.lostTo());
      if (!other) return;
      const end = other === "unreadable" ? "." : `: ${sentenceOn(other, path)}`;
      throw new CheckpointError(`fit: ${dir} is no longer this run's, and nothing more is written to it${end}`);
    },
    release: () => {
      try {
        lock.release();
      } catch (error) {
        warn(
          `fit: ${path} could not be given back, and keeps others out while this process runs: ${(error as Error).message}`,
        );
      }
    },
  };
}

function sentenceOn({ pid, host, since }: LockHolder, path: string): string {
  const here = host === hostname();
  const who = here && pid === process.pid ? "this process" : `process ${pid} on ${host}`;
  const seen = here
    ? `Wait for it, stop it, or choose another folder; only if another program has that number by now, delete ${path}.`
    : `Whether it still runs cannot be seen from ${hostname()}: wait for it, stop it, or choose another folder; only if ` +
      `it has ended, delete ${path}.`;
  return `${who} has been training into it since ${since}. ${seen}`;
}

function attempt<T>(dir: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw new CheckpointError(`fit: ${dir} cannot be locked for this run: ${(cause as Error).message}`, { cause });
  }
}
