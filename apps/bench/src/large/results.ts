import { writeFileAtomic } from "@fovea/nn/node";
import type { Machine } from "../machine.js";
import { stamp } from "../results.js";
import { checksOf, type Check } from "./checks.js";
import { lawsOf, type Law } from "./laws.js";
import type { LargeBudget } from "./protocol.js";
import type { LargeRow } from "./row.js";

const SCHEMA = "large/1";

/** What `bench large --json` writes. */
export interface LargeResults {
  readonly schema: typeof SCHEMA;
  readonly date: string;
  readonly command: string;
  readonly machine: Machine;
  readonly budget: LargeBudget;
  /** Of very large pictures. */
  readonly hugeBudget: LargeBudget;
  readonly rows: readonly LargeRow[];
  readonly laws: readonly Law[];
  readonly checks: readonly Check[];
}

/** With what follows from the rows. */
export const largeResults = (made: Pick<LargeResults, "machine" | "budget" | "hugeBudget" | "rows">): LargeResults => ({
  schema: SCHEMA,
  ...stamp(),
  ...made,
  laws: lawsOf(made.rows),
  checks: checksOf(made.rows),
});

export const saveLargeResults = (path: string, made: LargeResults): Promise<void> =>
  writeFileAtomic(path, `${JSON.stringify(made)}\n`);
