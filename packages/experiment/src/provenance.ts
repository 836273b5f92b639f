import { execFileSync } from "node:child_process";
import os from "node:os";

/** When, where and of what code a run is. */
export interface Provenance {
  /** When: `2026-11-22 12:26 UTC`. */
  readonly date: string;
  /** The commit of the code that ran; `unknown` outside of a repository. */
  readonly commit: string;
  /** The machine, and the engine. */
  readonly machine: Machine & {
    /** TensorFlow.js's backend. */
    readonly engine: string;
  };
}

/** The machine that something ran on. */
export interface Machine {
  /** Name of the processor. */
  readonly cpu: string;
  /** Processor cores that the process may use. */
  readonly cores: number;
  /** Bytes of memory. */
  readonly memory: number;
  /** Name, release and architecture of the operating system. */
  readonly os: string;
  /** Version of Node.js. */
  readonly node: string;
  /** Load averages over 1, 5 and 15 minutes. */
  readonly load: readonly number[];
}

/** The commit of the code that was loaded; files may change while it runs. */
const COMMIT = commit();

/** The present moment, commit and machine. @param engine - TensorFlow.js's backend */
export const provenance = (engine: string): Provenance => ({
  date: `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
  commit: COMMIT ?? "unknown",
  machine: { ...machine(), engine },
});

/** This machine, now. */
export const machine = (): Machine => ({
  cpu: os.cpus()[0]?.model.trim() ?? "unknown",
  cores: os.availableParallelism(),
  memory: os.totalmem(),
  os: `${os.type()} ${os.release()} ${os.arch()}`,
  node: process.versions.node,
  load: os.loadavg(),
});

/** The commit of the code in a folder, with `-dirty` if files differ from it; null outside a repository. */
export function commit(folder: string = process.cwd()): string | null {
  try {
    const describe = ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"];
    return execFileSync("git", describe, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return null;
  }
}

/** The last paragraph of a page: what was typed, on which commits and machines, and when. */
export function madeBy(typed: string, records: readonly Provenance[]): string {
  const unique = (texts: readonly string[]) => [...new Set(texts)].join("; ");
  const machines = records.map(({ machine: m }) => `${m.cpu}, ${m.cores} cores, Node ${m.node}, engine ${m.engine}`);
  const last = records.map(({ date }) => date).sort().at(-1); // prettier-ignore
  return `**Made by** \`${typed}\` at commit ${unique(records.map(({ commit }) => commit))}, on ${unique(machines)}, ${last}.`;
}
