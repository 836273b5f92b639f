// A process to kill: node … child.ts OPTIONS, where OPTIONS is { dir, every, steps } in JSON. Tells each step on standard output.
import "../../../../tools/vitest/setup.js";
import { writeSync } from "node:fs";
import { run } from "./run.js";

const { dir, every, steps } = JSON.parse(process.argv[2]!) as { dir: string; every: number; steps: number };
process.on("SIGXFSZ", () => {}); // else write-file-atomic's exit hook ends the process where the system only refuses the write
try {
  await run({
    steps,
    checkpoint: { dir, every },
    resume: true,
    callbacks: [{ onStep: ({ step }) => void writeSync(1, `step ${step}\n`) }],
  });
} catch (error) {
  writeSync(1, `${(error as Error).name}: ${(error as Error).message}\n`);
  process.exitCode = 3;
}
