import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { CheckpointError } from "./checkpoint.js";
import { ownIdentity, runs, type ProcessIdentity } from "./process-identity.js";

/** A folder that is this run's alone. */
export interface FolderLock {
  /** @throws CheckpointError if the folder has become another's, which then must not be written to */
  requireHeld(): void;
  release(): void;
}

interface Holder extends ProcessIdentity {
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
  /** Of this taking alone. */
  readonly id: string;
}

/** The lock's file. */
export const lockFile = (dir: string): string => join(dir, "fit.lock");

/**
 * Takes a folder, made if it is not there, for one run, before anything in it is touched. The lock is a file that
 * names its holder; that of a process which runs no more is taken over, so that none outlives its process.
 * Synchronous: from one system call to the next nothing else of this process happens.
 *
 * @throws CheckpointError that names the holder, if there is one
 */
export function lockFolder(dir: string): FolderLock {
  const path = lockFile(dir);
  const own = JSON.stringify({ ...ownIdentity(), host: hostname(), since: new Date().toISOString(), id: randomUUID() });
  const holder = attempt(dir, () => {
    mkdirSync(dir, { recursive: true });
    return take(path, own);
  });
  if (holder) throw new CheckpointError(`fit: ${dir} is in use: ${describe(holder, path)}`);
  return {
    requireHeld: () => {
      if (attempt(dir, () => textOf(path) === own || created(path, own))) return; // who deletes a lock gets another
      const now = holderOf(textOf(path) ?? "");
      throw new CheckpointError(
        `fit: ${dir} is no longer this run's, and nothing more is written to it${now ? `: ${describe(now, path)}` : "."}`,
      );
    },
    release: () => {
      if (textOf(path) === own) rmSync(path, { force: true });
    },
  };
}

/**
 * Who replaces the lock of a dead process is settled by a lock of its own, named after the dead one, and held while
 * it is looked at once more. So of many that find it dead one takes over, and a lock taken meanwhile is left alone.
 *
 * @returns who holds it, or undefined if now this process does
 */
function take(path: string, own: string): Holder | undefined {
  for (;;) {
    if (created(path, own) && textOf(path) === own) return undefined;
    const text = settled(path);
    if (text === undefined) continue; // given back meanwhile
    const holder = holderOf(text);
    if (holder && (holder.host !== hostname() || runs(holder))) return holder;
    const succession = `${path}.${holder?.id ?? "unreadable"}`;
    const other = take(succession, own);
    if (other) return other;
    if (textOf(path) === text) {
      renameSync(succession, path);
      return undefined;
    }
    rmSync(succession, { force: true });
  }
}

/** Whether the file is now this one; false if there is one already. */
function created(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * The text, once it is whole: between making a file and writing it lies a moment, in which its process may have died.
 */
function settled(path: string): string | undefined {
  for (let waited = 0; ; waited += 20) {
    const text = textOf(path);
    if (text === undefined || holderOf(text) || waited >= 200) return text;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
}

function holderOf(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Holder;
    return typeof holder.pid === "number" && typeof holder.id === "string" ? holder : undefined;
  } catch {
    return undefined;
  }
}

function describe({ pid, host, since }: Holder, path: string): string {
  const who = host === hostname() && pid === process.pid ? "this process" : `process ${pid} on ${host}`;
  const seen =
    host === hostname()
      ? "Wait for it, stop it, or choose another folder."
      : `Whether it still runs cannot be seen from ${hostname()}: if it does not, delete ${path}.`;
  return `${who} has been training into it since ${since}. ${seen}`;
}

function attempt<T>(dir: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw new CheckpointError(`fit: ${dir} cannot be locked for this run: ${(cause as Error).message}`, { cause });
  }
}
