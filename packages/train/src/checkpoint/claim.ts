import { randomUUID } from "node:crypto";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { warn } from "../step-watch.js";
import { createExclusive, textOf } from "./exclusive-file.js";
import { ownIdentity, runs, type ProcessIdentity } from "./process-identity.js";

/** Who holds a file. */
export interface Holder extends ProcessIdentity {
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
  /** Name that only this claim has. */
  readonly id: string;
}

/**
 * Takes a file for this process, so that of many that share a folder each does a part of the work. The file names its
 * holder; that of a process of this machine that has ended is taken over. Synchronous.
 *
 * @param path - of the file; its folder is made if it is not there
 * @returns what gives it back; null if another process, or this one, holds it
 */
export function claimFile(path: string): (() => void) | null {
  const own = claimText();
  mkdirSync(dirname(path), { recursive: true });
  return take(path, own) ? null : () => release(path, own);
}

/** What a claim of this process says. */
export const claimText = (): string =>
  JSON.stringify({ ...ownIdentity(), host: hostname(), since: new Date().toISOString(), id: randomUUID() });

/**
 * Which process replaces the lock of a dead one is decided by a second lock, named after the dead one's, and held while
 * that one is looked at once more. So of many that find it dead one takes over, and a lock taken meanwhile is left
 * alone.
 *
 * @returns who holds it, or undefined if now this process does
 */
export function take(path: string, own: string): Holder | undefined {
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

export function release(path: string, own: string): void {
  try {
    if (textOf(path) === own) rmSync(path, { force: true });
  } catch (error) {
    warn(
      `fit: ${path} could not be given back, and keeps others out while this process runs: ${(error as Error).message}`,
    );
  }
}

/** Who wrote a claim; undefined for another text. */
export function holderOf(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Holder;
    return typeof holder.pid === "number" && typeof holder.id === "string" ? holder : undefined;
  } catch {
    return undefined;
  }
}
