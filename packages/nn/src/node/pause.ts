import { setTimeout } from "node:timers/promises";

/** Waits for some milliseconds. @throws the signal's own reason, as soon as it is aborted */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { ...(signal && { signal }) });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
