import { execFileSync } from "node:child_process";
import { availableParallelism, cpus } from "node:os";
import type { EngineReport } from "@fovea/engine";
import type { Machine, RunHeader } from "./run.js";

/** Of the code that was loaded; files may change while it runs. */
const COMMIT = commit();

/** When, where and of what code a run is. */
export const provenance = ({ engine }: EngineReport): Pick<RunHeader, "date" | "commit" | "machine"> => ({
  date: new Date().toISOString().slice(0, 16).replace("T", " ") + " UTC",
  commit: COMMIT,
  machine: machineOf(engine),
});

const machineOf = (engine: string): Machine => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: availableParallelism(),
  node: process.versions.node,
  engine,
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
