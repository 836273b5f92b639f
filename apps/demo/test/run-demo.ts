import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";

const cli = resolve(import.meta.dirname, "../src/cli.ts");
const run = promisify(execFile);

/** What the demo says, whether it succeeds or not. */
export async function demo(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const node = ["--conditions=@fovea/source", "--import", "tsx", cli, ...args];
  return run(process.execPath, node).then(
    (done) => ({ code: 0, ...done }),
    (failed: { code: number; stdout: string; stderr: string }) => failed,
  );
}
