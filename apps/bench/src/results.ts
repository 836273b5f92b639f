import { readFileSync } from "node:fs";
import { writeFileAtomic } from "@fovea/nn/node";
import { BadInput } from "./bad-input.js";
import type { Budget } from "./job.js";
import type { Check } from "./large/checks.js";
import type { Law } from "./large/laws.js";
import type { Provenance } from "./provenance.js";
import type { Row } from "./row.js";

const SCHEMA = "bench/1";

/** Laws and checks that follow from the rows of the large suite. */
export interface Findings {
  readonly laws: readonly Law[];
  readonly checks: readonly Check[];
}

/** The content of a file of `--json`. */
export interface Results extends Provenance, Partial<Findings> {
  readonly schema: typeof SCHEMA;
  readonly command: string;
  readonly seed: number;
  readonly budget: Budget;
  readonly rows: readonly Row[];
}

export const results = (found: Omit<Results, "schema" | "command">): Results => ({
  schema: SCHEMA,
  command: ["bench", ...process.argv.slice(2)].join(" "),
  ...found,
});

/** The command that gave results, as it can be typed anywhere: without files of one machine. */
export const commandOf = ({ command }: Pick<Results, "command">): string =>
  `npm run ${command.replace(/ --(python|json|md|files)[ =]\S+/g, "").replace("bench", "bench --")}`;

export const saveResults = (path: string, found: Results): Promise<void> =>
  writeFileAtomic(path, `${JSON.stringify(found)}\n`);

/** The results in a file. @throws BadInput for a file that cannot be read, is incomplete, or is of another schema */
export function readResults(path: string): Results {
  const found = parse(path, read(path)) as Partial<Results> | null;
  if (found?.schema !== SCHEMA)
    throw new BadInput(`${path}: expected schema "${SCHEMA}", got ${JSON.stringify(found?.schema) ?? "none"}.`);
  if (!Array.isArray(found.rows) || !found.machine) throw new BadInput(`${path}: no \`rows\` or no \`machine\` in it.`);
  return found as Results;
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
