import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));

export interface ChildOptions {
  readonly dir: string;
  readonly every: number;
  readonly steps: number;
  /** Instead of a resume. */
  readonly overwrite?: boolean;
  /** A file to log the steps in. */
  readonly log?: string;
  /** Begin when told to `go`. */
  readonly wait?: boolean;
}

/** A process that trains. */
export interface Training {
  /** Once it has said anything. */
  readonly ready: Promise<void>;
  go(): void;
  readonly done: Promise<{ readonly output: string; readonly signal: NodeJS.Signals | null }>;
}

/** Trains in a process of its own; `kill` sees each piece of its output and may end it. `limit` is in KiB a file. */
export function trainInChild(
  options: ChildOptions,
  kill: (output: string, kill: () => void) => void = () => {},
  limit?: number,
): Training {
  const node = [process.execPath, "--conditions=@fovea/source", "--import", "tsx", CHILD, JSON.stringify(options)];
  const [command, ...args] =
    limit === undefined ? node : ["bash", "-c", `ulimit -f ${limit}; exec "$@"`, "bash", ...node];
  // its files are longer
  const env = { ...process.env, FOVEA_ENGINE: tf.getBackend(), ...(limit && { TSX_DISABLE_CACHE: "1" }) };
  const child = spawn(command!, args, { cwd: ROOT, env, stdio: ["pipe", "pipe", "pipe"] });
  let output = "";
  const read = (chunk: Buffer) => {
    output += String(chunk);
    kill(output, () => child.kill("SIGKILL"));
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  return {
    ready: new Promise((resolve) => child.stdout.once("data", () => resolve())),
    go: () => void child.stdin.write("go\n"),
    done: new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (_code, signal) => resolve({ output, signal }));
    }),
  };
}
