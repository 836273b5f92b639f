import { hostname } from "node:os";
import { takeLock, type FileLock, type LockHolder } from "./file-lock.js";
import { pause } from "./pause.js";

/** How `waitForLock` waits. */
export interface WaitForLockOptions {
  /** The name of the calling function, for the warning. */
  readonly who: string;
  /** Ends the waiting. Default: nothing does. */
  readonly signal?: AbortSignal | undefined;
}

/** How often a process that waits looks whether another has ended, in milliseconds. */
const WAIT_MS = 200;

/**
 * Takes a lock as `takeLock` does, after waiting for whoever holds it. Of a holder on another machine it cannot be seen
 * whether it is still there: a warning names it, and the file to delete if it is not.
 *
 * @param path - the lock's file; its folder must be there
 * @throws the signal's reason, once it is aborted
 */
export async function waitForLock(path: string, { who, signal }: WaitForLockOptions): Promise<FileLock> {
  for (let told = false; ; told = true) {
    const taken = takeLock(path);
    if (taken.lock) return taken.lock;
    if (!told && taken.holder.host !== hostname())
      process.emitWarning(sentenceOn(who, taken.holder, path), "FoveaWarning");
    await pause(WAIT_MS, signal);
  }
}

const sentenceOn = (who: string, { pid, host, since }: LockHolder, path: string): string =>
  `${who}: waits for process ${pid} on ${host}, which has held ${path} since ${since}. If it has ended, delete that file.`;
