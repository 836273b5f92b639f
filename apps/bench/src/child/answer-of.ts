import type { ChildProcess } from "node:child_process";
import type { Reply } from "./protocol.js";

/** How long a process may take, ms, and whether anybody still waits for it. */
export interface Patience {
  readonly signal: AbortSignal;
  readonly timeout: number;
}

/** Options of a process that is killed once nobody waits for it any more. */
export const mortal = ({ signal, timeout }: Patience) =>
  ({
    detached: true, // Ctrl-C is for whoever asked
    killSignal: "SIGKILL",
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
  }) as const;

/**
 * The answer of a process that was asked one thing. Rejects with the reason, whatever way the process dies.
 *
 * @param listen - says when its reply has come
 */
export function answerOf(
  child: ChildProcess,
  listen: (hear: (reply: Reply) => void) => void,
  { signal, timeout }: Patience,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let complaint = "";
    child.stderr!.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-4000)));
    listen((reply) => (reply.ok ? resolve(reply.value) : reject(new Error(reply.message))));
    child.on("error", () =>
      reject(new Error(signal.aborted ? "interrupted" : `no answer within ${(timeout / 1000).toFixed(0)} s`)),
    );
    child.on("close", (code, killedBy) => reject(new Error(causeOfDeath(code, killedBy, complaint))));
  });
}

function causeOfDeath(code: number | null, killedBy: string | null, complaint: string): string {
  if (/heap out of memory/.test(complaint) || killedBy === "SIGKILL") return "out of memory: the process was killed";
  const lastWords = complaint.trim().split("\n").at(-1)?.slice(0, 200) ?? "";
  return `the process ended with ${killedBy ?? `code ${code}`}${lastWords && `: ${lastWords}`}`;
}
