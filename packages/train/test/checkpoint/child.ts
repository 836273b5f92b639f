// A process to kill: node … child.ts OPTIONS, where OPTIONS is { dir, every, steps } in JSON. Tells each step on
// standard output. With `wait` it says "ready" and begins with the first line it reads.
import "../../../../tools/vitest/setup.js";
import { writeSync } from "node:fs";
import { once } from "node:events";
import { checkpointFolder, csvLog } from "../../src/node/index.js";
import { run } from "./run.js";
import type { ChildOptions } from "./train-in-child.js";

const { dir, every, steps, overwrite = false, log, wait = false } = JSON.parse(process.argv[2]!) as ChildOptions;
// else write-file-atomic's exit hook ends the process where the system only refuses the write
process.on("SIGXFSZ", () => {});
if (wait) {
  writeSync(1, "ready\n");
  await once(process.stdin, "data");
  process.stdin.unref();
}
try {
  await run({
    steps,
    checkpoint: checkpointFolder({ dir, every, overwrite }),
    resume: !overwrite,
    callbacks: [...(log ? [csvLog(log)] : []), { onStep: ({ step }) => void writeSync(1, `step ${step}\n`) }],
  });
} catch (error) {
  writeSync(1, `${(error as Error).name}: ${(error as Error).message}\n`);
  process.exitCode = 3;
}
