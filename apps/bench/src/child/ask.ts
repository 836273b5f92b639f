import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Digested, Observation, Reply, Request } from "./protocol.js";

/** Puts one question to a fresh process. Rejects with the reason, whatever way the process dies. */
export interface Ask {
  (request: Request & { kind: "measure" }): Promise<Observation>;
  (request: Request & { kind: "digest" }): Promise<readonly Digested[]>;
}

const worker = fileURLToPath(new URL("worker.ts", import.meta.url));
const execArgv = ["--conditions=@fovea/source", "--import", import.meta.resolve("tsx")];

/** @param timeout - milliseconds after which the process is killed */
export const asker = (signal: AbortSignal, timeout: number): Ask =>
  ((request: Request) => ask(request, signal, timeout)) as Ask;

function ask(request: Request, signal: AbortSignal, timeout: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.timeout(timeout);
    const child = fork(worker, {
      detached: true, // Ctrl-C is for whoever asked
      execArgv,
      killSignal: "SIGKILL",
      signal: AbortSignal.any([signal, limit]),
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let complaint = "";
    child.stderr!.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-4000)));
    child.on("message", (reply: Reply) => (reply.ok ? resolve(reply.value) : reject(new Error(reply.message))));
    child.on("error", () =>
      reject(new Error(signal.aborted ? "interrupted" : `no answer within ${(timeout / 1000).toFixed(0)} s`)),
    );
    child.on("close", (code, killedBy) => reject(new Error(causeOfDeath(code, killedBy, complaint))));
    child.send(request);
  });
}

function causeOfDeath(code: number | null, killedBy: string | null, complaint: string): string {
  if (/heap out of memory/.test(complaint) || killedBy === "SIGKILL") return "out of memory: the process was killed";
  const lastWords = complaint.trim().split("\n").at(-1)?.slice(0, 200) ?? "";
  return `the process ended with ${killedBy ?? `code ${code}`}${lastWords && `: ${lastWords}`}`;
}
