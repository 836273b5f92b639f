import type { NetworkJob, SourceJob } from "./job.js";
import type { NetworkFound, SourceFound } from "./protocol.js";

/** `TOO LARGE`: not tried, by an estimate. `ERROR`: tried, and failed. */
export type LargeStatus = "ok" | "TOO LARGE" | "ERROR";

interface Outcome<Found> {
  readonly status: LargeStatus;
  /** Why it is not ok. */
  readonly note: string | null;
  readonly found: Found | null;
}

/** One network in one mode on one picture, and how it went. */
export interface NetworkRow extends NetworkJob, Outcome<NetworkFound> {}

/** One source of tiles, and how it went. */
export interface SourceRow extends SourceJob, Outcome<SourceFound> {}

export type LargeRow = NetworkRow | SourceRow;

export const isNetwork = <Row extends NetworkJob | SourceJob>(row: Row): row is Extract<Row, NetworkJob> =>
  row.part !== "sources";

export const networkRows = (rows: readonly LargeRow[]): NetworkRow[] => rows.filter((row) => isNetwork(row));
export const sourceRows = (rows: readonly LargeRow[]): SourceRow[] => rows.filter((row) => row.part === "sources");
