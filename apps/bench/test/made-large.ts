import type { NetworkJob, SourceJob } from "../src/large/job.js";
import type { NetworkFound, SourceFound } from "../src/large/protocol.js";
import { largeResults, type LargeResults } from "../src/large/results.js";
import type { LargeRow, NetworkRow, SourceRow } from "../src/large/row.js";
import { BASE } from "../src/large/settings.js";
import { results } from "./made.js";

/** Made-up rows, for what happens to rows. */

export const networkJob = (changes: Partial<NetworkJob> = {}): NetworkJob => ({
  ...{ part: "sizes", network: "zoom-in", mode: "train", side: 1000, settings: BASE, engine: null },
  ...changes,
});

export const sourceJob: SourceJob = { part: "sources", source: "Scene", side: 1000, engine: null };

export const networkFound = (changes: Partial<NetworkFound> = {}): NetworkFound => ({
  ...{ engine: "wasm", library: "tfjs 4.22.0", tensors: { held: 1000, peak: 2 ** 27 }, weights: 12 },
  ...{ rss: { baseline: 2 ** 27, peak: 2 ** 29 }, first: 2, seconds: [1, 3, 2], decodedBytes: 2 ** 22 },
  ...{ reads: [{ scale: 1 / 8, count: 16, pixels: 16_384 }], patches: 8, tiles: 6 },
  ...changes,
});

export const networkRow = (job: Partial<NetworkJob> = {}, found: Partial<NetworkFound> = {}): NetworkRow => ({
  ...{ ...networkJob(job), status: "ok", note: null },
  found: networkFound(found),
});

export const failed = (job: Partial<NetworkJob>, status: "TOO LARGE" | "ERROR", note: string): NetworkRow => ({
  ...{ ...networkJob(job), status, note, found: null },
});

const sourceFound: SourceFound = {
  ...{ tiles: { one: 12_345, eight: 67_890 }, views: { one: 12.3, eight: 45.6 } },
  rss: { baseline: 2 ** 27, peak: 2 ** 28 },
};
export const sourceRow: SourceRow = { ...sourceJob, status: "ok", note: null, found: sourceFound };

const budget = { steps: 3, seconds: 20 };

export const madeLarge = (rows: readonly LargeRow[]): LargeResults =>
  largeResults({ machine: results([]).machine, budget, hugeBudget: budget, rows });
