import type { EngineName } from "@fovea/engine";

/** What one step does: a prediction, a training step, or, for sources of tiles, reading alone. */
export const MODES = ["infer", "train", "read"] as const;
export type Mode = (typeof MODES)[number];

/** Another library's implementations of the networks, measured beside the engines: `peer/` has them in PyTorch. */
export const PEERS = ["pytorch", "pytorch-compile"] as const;
export type Peer = (typeof PEERS)[number];

/** ONNX Runtime with each step compiled into one graph, measured beside the same engine without. */
export const COMPILED = "onnxruntime-compiled";

/** An engine of TensorFlow.js, operation by operation or compiled. */
export type LocalRunner = EngineName | typeof COMPILED;

/** Who computes: an engine of TensorFlow.js, or a peer. */
export type Runner = LocalRunner | Peer;
export const isPeer = (runner: Runner | null): runner is Peer => PEERS.some((peer) => peer === runner);

/** What one row measures. */
export interface Job {
  readonly case: string;
  /** null: the fastest engine that works. */
  readonly engine: Runner | null;
  readonly mode: Mode;
  readonly batch: number;
  /** Views of a collection; 1 where a sample is a single thing. */
  readonly views: number;
  /** Side of an image in pixels; null where there is none. */
  readonly image: number | null;
  readonly seed: number;
  /** Threads of the runner, of those that have more than one. Default: the runner's own number. */
  readonly threads?: number;
}

/** Everything but the engine, in one line: jobs that share it can be compared. */
export const taskOf = ({ case: name, mode, batch, views, image, seed, threads }: Job): string =>
  [name, mode, batch, views, image ?? 0, seed, threads ?? ""].join(" ").trim();

/** Whether two jobs differ in nothing but the engine. */
export const sameButEngine = (a: Job, b: Job): boolean => taskOf(a) === taskOf(b);

/** How long a process measures: at least `time` ms and at least `steps` steps. */
export interface Budget {
  readonly time: number;
  readonly steps: number;
  /** No step but the first is begun after so many ms. Default: no limit. */
  readonly maxTime?: number;
  /** Whether a step that is not timed comes before them, after the first one. Default: true. */
  readonly warmup?: boolean;
}
