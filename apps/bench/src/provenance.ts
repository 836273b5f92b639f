import { execFileSync } from "node:child_process";
import os from "node:os";
import { root } from "./paths.js";

/** When, where and with which code something ran. */
export interface Provenance {
  readonly date: string;
  readonly machine: Machine;
}

/** The machine that something ran on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** Bytes of memory. */
  readonly memory: number;
  readonly os: string;
  readonly node: string;
  /** Load averages over 1, 5 and 15 minutes, when the run began. */
  readonly load: readonly number[];
  /** The commit, with `-dirty` if files differ from it; null outside a repository. */
  readonly git: string | null;
}

/** The present moment, and this machine. */
export const provenance = (): Provenance => ({
  date: new Date().toISOString(),
  machine: {
    cpu: os.cpus()[0]?.model.trim() ?? "unknown",
    cores: os.availableParallelism(),
    memory: os.totalmem(),
    os: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
    load: os.loadavg(),
    git: commit(),
  },
});

/** One sentence if something else keeps the machine busy. */
export function loadWarning({ load, cores }: Machine): string | null {
  const busy = load[0]!;
  return busy > cores / 2
    ? `load average ${busy.toFixed(1)} on ${cores} cores before the first step: times say little, ratios somewhat more.`
    : null;
}

function commit(): string | null {
  try {
    const describe = ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"];
    return execFileSync("git", describe, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return null;
  }
}
