import { mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { CheckpointError } from "./checkpoint.js";
import { claimText, holderOf, release, take, type Holder } from "./claim.js";
import { createExclusive, textOf } from "./exclusive-file.js";

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
 * names its holder; that of a process of this machine that has ended is taken over. Synchronous: from one system call
 * to the next nothing else of this process happens.
 *
 * @throws CheckpointError that names the holder, if there is one
 */
export function lockFolder(dir: string): FolderLock {
  const path = lockFile(dir);
  const own = claimText();
  const holder = attempt(dir, () => {
    mkdirSync(dir, { recursive: true });
    return take(path, own);
  });
  if (holder) throw new CheckpointError(`fit: ${dir} is in use: ${sentenceOn(holder, path)}`);
  return {
    requireHeld: () => {
      // who deletes a lock gets another
      if (attempt(dir, () => textOf(path) === own || createExclusive(path, own))) return;
      const now = holderOf(textOf(path) ?? "");
      throw new CheckpointError(
        `fit: ${dir} is no longer this run's, and nothing more is written to it${now ? `: ${sentenceOn(now, path)}` : "."}`,
      );
    },
    release: () => release(path, own),
  };
}

function sentenceOn({ pid, host, since }: Holder, path: string): string {
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
