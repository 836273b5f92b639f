import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** Runs a program of this folder in a process of its own, from source, and waits for it. */
export function runProgram(name: string, ...args: readonly string[]) {
  const program = fileURLToPath(new URL(name, import.meta.url));
  const flags = ["--conditions=@fovea/source", "--import", "tsx"];
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [...flags, program, ...args], {
    cwd: root,
    encoding: "utf8",
  });
  return { status, signal, stdout: stdout.trim(), stderr: stderr.trim() };
}
