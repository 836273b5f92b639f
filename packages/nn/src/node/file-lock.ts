import { randomUUID } from "node:crypto";
import { renameSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { createExclusive, textOf } from "./exclusive-file.js";
import { ownIdentity, runs, type ProcessIdentity } from "./process-identity.js";

/** The process that holds a lock. */
export interface LockHolder extends ProcessIdentity {
  /** The name of its machine. */
  readonly host: string;
  /** When it took the lock, ISO 8601. */
  readonly since: string;
  /** Name that only this lock has. */
  readonly id: string;
}

/** A lock that this process holds. */
export interface FileLock {
  /**
   * Makes sure that the lock is still this one. A lock whose file was deleted is made again.
   *
   * @returns undefined, or who holds it now; `"unreadable"` if the file does not say
   */
  lostTo(): LockHolder | "unreadable" | undefined;
  /** Deletes the lock's file, unless it has become another's. */
  release(): void;
}

/**
 * Takes a lock: a file that names its holder. The lock of a process of this machine that has ended is taken over; one
 * of another machine never is, since its processes cannot be seen. Synchronous: from one system call to the next
 * nothing else of this process happens.
 *
 * @param path - the lock's file; its folder must be there
 * @returns the lock, or who holds it
 */
export function takeLock(
  path: string,
): { readonly lock: FileLock } | { readonly lock: null; readonly holder: LockHolder } {
  const own = JSON.stringify({ ...ownIdentity(), host: hostname(), since: new Date().toISOString(), id: randomUUID() });
  const holder = take(path, own);
  if (holder) return { lock: null, holder };
  const lock: FileLock = {
    lostTo: () =>
      textOf(path) === own || createExclusive(path, own) ? undefined : (holderOf(textOf(path) ?? "") ?? "unreadable"),
    release: () => {
      if (textOf(path) === own) rmSync(path, { force: true });
    },
  };
  return { lock };
}

/**
 * Which process replaces the lock of a dead one is decided by a second lock, named after the dead one's, and held while
 * that one is looked at once more. So of many that find it dead one takes over, and a lock taken meanwhile is left
 * alone.
 *
 * @returns who holds it, or undefined if now this process does
 */
function take(path: string, own: string): LockHolder | undefined {
  for (;;) {
    if (createExclusive(path, own)) return undefined;
    const text = textOf(path);
    if (text === undefined) continue; // given back meanwhile
    const holder = holderOf(text);
    if (holder && (holder.host !== hostname() || runs(holder, holder.since))) return holder;
    const takeover = `${path}.${holder?.id ?? "unreadable"}`;
    const other = take(takeover, own);
    if (other) return other;
    if (textOf(path) === text) {
      renameSync(takeover, path);
      return undefined;
    }
    rmSync(takeover, { force: true });
  }
}

function holderOf(text: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(text) as LockHolder;
    return typeof holder.pid === "number" && typeof holder.id === "string" ? holder : undefined;
  } catch {
    return undefined;
  }
}
