import type { EngineName } from "@fovea/engine";
import type { Reads } from "./counted.js";
import type { NetworkJob, SourceJob } from "./job.js";

/**
 * How long a process measures: at most `steps` steps after the first, and none is begun after so many seconds but the
 * second.
 */
export interface LargeBudget {
  readonly steps: number;
  readonly seconds: number;
}

/** What a fresh process is asked about large pictures. */
export type LargeRequest =
  | { readonly kind: "picture"; readonly side: number; readonly layout: Layout; readonly path: string }
  | { readonly kind: "estimate"; readonly trial: Trial }
  | { readonly kind: "network"; readonly job: NetworkJob; readonly file: string; readonly budget: LargeBudget }
  | { readonly kind: "source"; readonly job: SourceJob; readonly files: PictureFiles; readonly seconds: number };

export type LargeAnswer = null | Estimate | NetworkFound | SourceFound;

/** How a picture is stored. */
export type Layout = "tiff" | "deep-zoom";

/** One picture in each layout. */
export type PictureFiles = Readonly<Record<Layout, string>>;

/** A network in a mode, whose memory is wanted before it is tried on a large picture. */
export type Trial = Pick<NetworkJob, "network" | "mode" | "engine">;

/** Bytes resident, about: constant + perPixel · pixels of the picture. */
export interface Estimate {
  readonly constant: number;
  readonly perPixel: number;
}

/** What one process found about a network. */
export interface NetworkFound {
  /** The engine that ran, and what it is part of. */
  readonly engine: EngineName;
  readonly library: string;
  /**
   * Bytes of tensors: between steps, and the most in the last step by tfjs's count after each kernel. Weights included.
   */
  readonly tensors: { readonly held: number; readonly peak: number };
  /** Most bytes resident: once the engine was up and all code loaded, and after the timed steps. */
  readonly rss: { readonly baseline: number; readonly peak: number };
  /** Seconds of the first step, from the opening of the file on. */
  readonly first: number;
  /** Of those after it. */
  readonly seconds: readonly number[];
  /** Of the last step, as what follows. */
  readonly reads: readonly Reads[];
  /** Bytes of pixels that came out of decoders. */
  readonly decodedBytes: number;
  /** N, of the plan. */
  readonly patches: number;
  /** N′, of the plan: the distinct tiles that patches come from; null for networks without tiles. */
  readonly tiles: number | null;
  readonly weights: number;
}

/** What one process found about a source: tiles a second. */
export interface SourceFound {
  /** At full resolution. */
  readonly tiles: Rates;
  /** The same tiles at 1/8. */
  readonly views: Rates;
  readonly rss: { readonly baseline: number; readonly peak: number };
}

/** One tile after another, and eight at once. */
export interface Rates {
  readonly one: number;
  readonly eight: number;
}
