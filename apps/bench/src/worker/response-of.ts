import type { ChildProcess } from "node:child_process";
import type { Response } from "./protocol.js";

/** When a process is killed: after `timeout` ms, or once `signal` is aborted. */
export interface ProcessLimits {
  readonly signal: AbortSignal;
  readonly timeout: number;
}

/** Options of a process that is killed at its limits. */
export const processOptions = ({ signal, timeout }: ProcessLimits) =>
  ({
    detached: true, // Ctrl-C is for the parent
    killSignal: "SIGKILL",
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
  }) as const;

/**
 * The value that a process answers one request with. Rejects with the reason, in whatever way the process ends.
 *
 * @param listen - calls its argument once the response has come
 */
export function responseOf(
  child: ChildProcess,
  listen: (onResponse: (response: Response) => void) => void,
  { signal, timeout }: ProcessLimits,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let stderr = "";
    child.stderr!.on("data", (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4000)));
    listen((response) => (response.ok ? resolve(response.value) : reject(new Error(response.message))));
    child.on("error", () =>
      reject(new Error(signal.aborted ? "interrupted" : `no answer within ${(timeout / 1000).toFixed(0)} s`)),
    );
    child.on("close", (code, killedBy) => reject(new Error(exitReason(code, killedBy, stderr))));
  });
}

function exitReason(code: number | null, killedBy: string | null, stderr: string): string {
  if (/heap out of memory/.test(stderr) || killedBy === "SIGKILL") return "out of memory: the process was killed";
  const lastLine = stderr.trim().split("\n").at(-1)?.slice(0, 200) ?? "";
  return `the process ended with ${killedBy ?? `code ${code}`}${lastLine && `: ${lastLine}`}`;
}
