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
export async function inProcess(experiment: unknown, ...args: string[]): Promise<Said> {
  const lines = { log: [] as string[], error: [] as string[] };
  const spies = (["log", "error"] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation((...words: unknown[]) => void lines[name].push(words.join(" "))),
  );
  const host = { command: "npm run demo --", engines: [], start: () => Promise.resolve(tf.getBackend()) };
  try {
    await experimentCommand(experiment as Experiment, host).parseAsync(args, { from: "user" });
    return { code: Number(process.exitCode ?? 0), stdout: lines.log.join("\n"), stderr: lines.error.join("\n") };
  } finally {
    process.exitCode = undefined;
    for (const spy of spies) spy.mockRestore();
  }
}
