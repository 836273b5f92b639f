import type { EngineName } from "@fovea/engine";
import type { Budget, Job, Mode, Runner } from "../job.js";
import type { LargeAnswer, LargeRequest } from "../large/protocol.js";
import type { Digest } from "./digest.js";

/** What a case must give: computed once by the reference engine. */
export type Expected = readonly Digest[];

/** What a fresh process is asked. */
export type Request =
  | { readonly kind: "measure"; readonly job: Job; readonly budget: Budget; readonly expected: Expected | null }
  | { readonly kind: "digest"; readonly engine: EngineName; readonly asked: readonly Asked[] }
  | { readonly kind: "twin"; readonly job: Job; readonly file: string }
  | LargeRequest;

/** A question of one kind. */
export type Asking<Kind extends Request["kind"]> = Extract<Request, { readonly kind: Kind }>;

/** One digest that is wanted. */
export interface Asked {
  readonly case: string;
  readonly mode: Mode;
}

export type Answer = Observation | readonly Digested[] | Twin | LargeAnswer;

/** What it answers; a thrown error travels as its message. */
export type Reply = { readonly ok: true; readonly value: Answer } | { readonly ok: false; readonly message: string };

/** The digest of what a case computes, or why there is none. */
export interface Digested extends Asked {
  readonly digest: Expected | null;
  readonly error: string | null;
}

/** What a peer's network must be, for the weights, inputs and data that were saved for it. */
export interface Twin {
  /** Safetensors: `params.…`, `inputs.…`, `data.…`, all in our layouts. */
  readonly file: string;
  readonly digest: Expected;
  readonly params: number;
  /** Multiply–accumulates of one sample's inference. */
  readonly macs: number;
}

/** Milliseconds of every step, in the order they were taken. An inference step is all forward. */
export interface Samples {
  readonly step: readonly number[];
  readonly forward: readonly number[];
  readonly backward: readonly number[];
  readonly optimizer: readonly number[];
}

/** All that one process found. */
export interface Observation {
  /** The engine that ran, and what it says of itself. */
  readonly engine: Runner;
  readonly flags: Readonly<Record<string, string | number | boolean>>;
  /** Name and version of what the engine is part of. */
  readonly library: string;
  /** Milliseconds of the very first step: allocation, compilation, caches. */
  readonly first: number;
  readonly samples: Samples;
  /** 95 % margin of the mean step, in percent of it. */
  readonly rme: number;
  /** Tensors more after a step than before. Not 0: a leak. */
  readonly tensorsLeft: number;
  /** Calls of a step that the engine left to JavaScript, by kernel; empty where it has them all. */
  readonly fallbacks: Readonly<Record<string, number>>;
  /** Most bytes resident: once the engine was up, and at the end. */
  readonly rss: { readonly baseline: number; readonly peak: number };
  readonly params: number;
  /** Multiply–accumulates of one sample's inference. */
  readonly macs: number;
  /** Relative difference of the output or the loss from the reference's; null: there was none to compare with. */
  readonly valueDifference: number | null;
  /** The same of that and all gradients, the worst; null as above. */
  readonly difference: number | null;
  /** Why the numbers are not to be trusted. */
  readonly invalid: string | null;
}
