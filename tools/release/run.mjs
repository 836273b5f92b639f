import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** What a command prints. @throws Error with everything it printed, if it fails */
export async function output(command, args, options = {}) {
  try {
    return (await execute(command, args, { maxBuffer: 2 ** 26, ...options })).stdout;
  } catch (error) {
    throw new Error(`\`${[command, ...args].join(" ")}\` failed\n${error.stdout}\n${error.stderr}`, { cause: error });
  }
}
