import { readFileSync } from "node:fs";
import { writeFileAtomic } from "@fovea/nn/node";
import { BadInput } from "./bad-input.js";
import type { Budget } from "./job.js";
import type { Machine } from "./machine.js";
import type { Row } from "./row.js";

const SCHEMA = "bench/1";

/** What `--json` writes. */
export interface Results {
  readonly schema: typeof SCHEMA;
  readonly date: string;
  readonly command: string;
  readonly seed: number;
  readonly budget: Budget;
  readonly machine: Machine;
  readonly rows: readonly Row[];
}

export const results = (made: Omit<Results, "schema" | "date" | "command">): Results => ({
  schema: SCHEMA,
  ...stamp(),
  ...made,
});

/** When, and by which command, something is written. */
export const stamp = (): Pick<Results, "date" | "command"> => ({
  date: new Date().toISOString(),
  command: ["bench", ...process.argv.slice(2)].join(" "),
});

export const saveResults = (path: string, made: Results): Promise<void> =>
  writeFileAtomic(path, `${JSON.stringify(made)}\n`);

/** @throws BadInput for a file that cannot be read, is not whole, or is of another schema */
export function readResults(path: string): Results {
  const made = parse(path, read(path)) as Partial<Results> | null;
  if (made?.schema !== SCHEMA)
    throw new BadInput(`${path}: expected schema "${SCHEMA}", got ${JSON.stringify(made?.schema) ?? "none"}.`);
  if (!Array.isArray(made.rows) || !made.machine) throw new BadInput(`${path}: no \`rows\` or no \`machine\` in it.`);
  return made as Results;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new BadInput(`${path}: cannot be read (${(cause as NodeJS.ErrnoException).code}).`);
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadInput(`${path}: not JSON, or not all of it (${text.length} characters).`);
  }
}
