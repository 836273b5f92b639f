import { fileURLToPath } from "node:url";
import { experimentCommand, type Experiment } from "@fovea/experiment";
import * as tf from "@tensorflow/tfjs-core";
import { vi } from "vitest";

/** What a command line says. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * An experiment's commands without a process of their own, on the engine at hand: what they print, and the code that
 * they would end with. Errors are thrown.
 */
export function inProcess(experiment: unknown, ...args: string[]): Promise<Said> {
  const host = { command: "npm run demo --", engines: [], start: () => Promise.resolve(tf.getBackend()) };
  return said(async () => {
    await experimentCommand(experiment as Experiment, host).parseAsync(args, { from: "user" });
  });
}

const cli = `${fileURLToPath(new URL("../src/cli.ts", import.meta.url))}?run=`;
let runs = 0;

/** `cli.ts` itself, without a process of its own: only what it loads is there from the run before. */
export async function cliInProcess(...args: string[]): Promise<Said> {
  const { argv } = process;
  process.argv = [process.execPath, "cli.ts", ...args];
  return said(() => import(/* @vite-ignore */ `${cli}${runs++}`)).finally(() => (process.argv = argv));
}

/** What is printed, by `console` or past it, and the exit code. */
async function said(run: () => Promise<unknown>): Promise<Said> {
  const printed = { stdout: "", stderr: "" };
  let ended: number | null = null;
  const print = (to: keyof typeof printed) => (text: unknown) => {
    if (ended === null) printed[to] += String(text);
    return true;
  };
  const line = (to: keyof typeof printed) => (...words: unknown[]) => void print(to)(`${words.join(" ")}\n`); // prettier-ignore
  const spies = [
    vi.spyOn(console, "log").mockImplementation(line("stdout")),
    vi.spyOn(console, "error").mockImplementation(line("stderr")),
    vi.spyOn(process.stdout, "write").mockImplementation(print("stdout")),
    vi.spyOn(process.stderr, "write").mockImplementation(print("stderr")),
    vi.spyOn(process, "exit").mockImplementation((code) => {
      ended ??= Number(code ?? 0);
      throw new Error("has ended"); // what follows would not have happened
    }),
  ];
  try {
    await run();
    return { code: ended ?? Number(process.exitCode ?? 0), ...printed };
  } finally {
    process.exitCode = undefined;
    for (const spy of spies) spy.mockRestore();
  }
}
