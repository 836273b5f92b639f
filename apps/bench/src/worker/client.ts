import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Answers, Request } from "./protocol.js";
import { processOptions, responseOf, type ProcessLimits } from "./response-of.js";

/** Sends one request to a fresh process. Rejects with the reason, in whatever way the process ends. */
export type SendRequest = <Kind extends Request["kind"]>(
  request: Extract<Request, { readonly kind: Kind }>,
) => Promise<Answers[Kind]>;

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const execArgv = ["--conditions=@fovea/source", "--import", import.meta.resolve("tsx")];

/** A client whose processes are killed at the limits. */
export const workerClient = (limits: ProcessLimits): SendRequest =>
  ((request: Request) => {
    const child = fork(main, { ...processOptions(limits), execArgv, stdio: ["ignore", "ignore", "pipe", "ipc"] });
    const answer = responseOf(child, (onResponse) => child.on("message", onResponse), limits);
    child.send(request);
    return answer;
  }) as SendRequest;
