import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { answerOf, mortal, type Patience } from "./answer-of.js";
import type { Estimate, NetworkFound, SourceFound } from "../large/protocol.js";
import type { Asking, Digested, Observation, Request, Twin } from "./protocol.js";

/** Puts one question to a fresh process. Rejects with the reason, whatever way the process dies. */
export interface Ask {
  (request: Asking<"measure">): Promise<Observation>;
  (request: Asking<"digest">): Promise<readonly Digested[]>;
  (request: Asking<"twin">): Promise<Twin>;
  (request: Asking<"picture">): Promise<null>;
  (request: Asking<"estimate">): Promise<Estimate>;
  (request: Asking<"network">): Promise<NetworkFound>;
  (request: Asking<"source">): Promise<SourceFound>;
}

const worker = fileURLToPath(new URL("worker.ts", import.meta.url));
const execArgv = ["--conditions=@fovea/source", "--import", import.meta.resolve("tsx")];

/** @param timeout - milliseconds after which the process is killed */
export const asker = (signal: AbortSignal, timeout: number): Ask =>
  ((request: Request) => ask(request, { signal, timeout })) as Ask;

function ask(request: Request, patience: Patience): Promise<unknown> {
  const child = fork(worker, { ...mortal(patience), execArgv, stdio: ["ignore", "ignore", "pipe", "ipc"] });
  const answer = answerOf(child, (hear) => child.on("message", hear), patience);
  child.send(request);
  return answer;
}
