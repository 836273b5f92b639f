import { execFileSync } from "node:child_process";
import { availableParallelism, cpus } from "node:os";

/** When, where and of what code a run is. */
export interface Provenance {
  readonly date: string;
  /** Of the code that ran; `unknown` outside of a repository. */
  readonly commit: string;
  readonly machine: Machine;
}

/** Where it ran. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  /** TensorFlow.js's backend. */
  readonly engine: string;
}

/** Of the code that was loaded; files may change while it runs. */
const COMMIT = commit();

/** The present moment, commit and machine. */
export const provenance = (engine: string): Provenance => ({
  date: `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
  commit: COMMIT,
  machine: { cpu: cpus()[0]?.model ?? "unknown", cores: availableParallelism(), node: process.versions.node, engine },
});

function commit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    return git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain") === "" ? "" : " with changes");
  } catch {
    return "unknown";
  }
}

/** The last paragraph of a page: what was typed, on which commits and machines, and when. */
export function madeBy(typed: string, records: readonly Provenance[]): string {
  const unique = (texts: readonly string[]) => [...new Set(texts)].join("; ");
  const machines = records.map(({ machine: m }) => `${m.cpu}, ${m.cores} cores, Node ${m.node}, engine ${m.engine}`);
  const last = records.map(({ date }) => date).sort().at(-1); // prettier-ignore
  return `**Made by** \`${typed}\` at commit ${unique(records.map(({ commit }) => commit))}, on ${unique(machines)}, ${last}.`;
}
