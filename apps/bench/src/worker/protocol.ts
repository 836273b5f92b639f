import type { EngineName } from "@fovea/engine";
import type { Budget, Job, Mode, Runner } from "../job.js";
import type { ImageFiles, Layout, MemoryUse, NetworkFindings, SegmentationFindings } from "../large/protocol.js";
import type { Checksum } from "./checksum.js";

/** One request to a worker, a fresh process that answers it and ends. */
export type Request =
  /** Measures a case of the default suite; without `expected` its numbers are not checked. */
  | { readonly kind: "measure"; readonly job: Job; readonly budget: Budget; readonly expected: Expected | null }
  /** Measures a case of the large suite on an image. */
  | { readonly kind: "measure-large"; readonly job: Job; readonly budget: Budget; readonly files: ImageFiles }
  /** Computes the checksums of cases at their tiny sizes. */
  | { readonly kind: "checksums"; readonly engine: EngineName; readonly keys: readonly CaseKey[] }
  /** Saves everything that PyTorch needs to do the same job. */
  | { readonly kind: "snapshot"; readonly job: Job; readonly file: string }
  /** Writes an image file of the large suite. */
  | { readonly kind: "image"; readonly side: number; readonly layout: Layout; readonly path: string }
  /** Measures the memory of the network of a job of the large suite. */
  | { readonly kind: "memory"; readonly job: Job };

/** A request of one kind. */
export type RequestOf<Kind extends Request["kind"]> = Extract<Request, { readonly kind: Kind }>;

/** What each kind of request is answered with. */
export interface Answers {
  readonly measure: Observation;
  readonly "measure-large": Observation;
  readonly checksums: readonly Reference[];
  readonly snapshot: Snapshot;
  readonly image: null;
  readonly memory: MemoryUse;
}

/** The answer to a request; a thrown error travels as its message. */
export type Response =
  { readonly ok: true; readonly value: Answers[Request["kind"]] } | { readonly ok: false; readonly message: string };

/** The checksums that a case must give: computed once by the reference engine. */
export type Expected = readonly Checksum[];

/** A case in one mode. */
export interface CaseKey {
  readonly case: string;
  readonly mode: Mode;
}

/** Checksums of what a case computes, or the reason why there are none. */
export interface Reference extends CaseKey {
  readonly checksums: Expected | null;
  readonly error: string | null;
}

/** Weights, inputs and data of a case at full size, and what the same network in another library must compute. */
export interface Snapshot {
  /** Safetensors: `params.…`, `inputs.…`, `data.…`, all in Fovea's layouts. */
  readonly file: string;
  readonly checksums: Expected;
  readonly params: number;
  /** Multiply–accumulates of one sample's inference. */
  readonly macs: number;
}

/** Milliseconds of every step, in the order in which they were taken. An inference step is all forward. */
export interface Samples {
  readonly step: readonly number[];
  readonly forward: readonly number[];
  readonly backward: readonly number[];
  readonly optimizer: readonly number[];
}

/** Everything that one process found about a job. */
export interface Observation {
  /** The engine that ran, and its flags. */
  readonly engine: Runner;
  readonly flags: Readonly<Record<string, string | number | boolean>>;
  /** Name and version of the library that the engine is part of. */
  readonly library: string;
  /** Milliseconds of the very first step: allocation, compilation, caches. */
  readonly first: number;
  readonly samples: Samples;
  /** The 95 % margin of the mean step, in percent of it. */
  readonly rme: number;
  /** Tensors more after a step than before. Not 0: a leak. */
  readonly tensorsLeft: number;
  /** Calls of a step that the engine left to JavaScript, by kernel; empty where it has them all. */
  readonly fallbacks: Readonly<Record<string, number>>;
  /** Most bytes resident: once the engine was up, and at the end. */
  readonly rss: { readonly baseline: number; readonly peak: number };
  readonly params: number;
  /** Multiply–accumulates of one sample's inference; 0 where they are not counted. */
  readonly macs: number;
  /** Relative difference of the output or the loss from the reference's; null without a reference. */
  readonly valueDifference: number | null;
  /** The largest relative difference of the loss and all gradients; null without a reference. */
  readonly difference: number | null;
  /** The reason why the numbers are wrong, if they are. */
  readonly invalid: string | null;
  /** Tensors and reads of one more step, for networks on large images. */
  readonly network?: NetworkFindings;
  /** Windows and reads of the last step, for segmentation of large images. */
  readonly segmentation?: SegmentationFindings;
}
