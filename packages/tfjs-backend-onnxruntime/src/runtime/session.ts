import { loadBinding, type NativeSession } from "./binding.js";
import { unreadable } from "./kernel-model.js";
import type { Ports } from "./ports.js";
import { spinMicroseconds } from "./threads.js";

/** A compiled model. */
export interface Session {
  readonly threads: number;
  /** False once disposed: whoever still holds the session needs another. */
  readonly alive: boolean;
  /** Greater than that of every session that ran before. */
  readonly lastRun: number;
  run(ports: Ports): void;
  dispose(): void;
}

let Native: (new () => NativeSession) | undefined;
let runs = 0;

/** What distinguishes the session of a whole graph from that of a kernel. */
export interface SessionOptions {
  /**
   * Whether the model is a whole graph. Then the session keeps the memory of values between its nodes for its next run:
   * memory that is new to the process costs more than many a node, but a session of one kernel would keep what others
   * need. And ONNX Runtime does not look for better nodes: the passes have, and it takes longer than all the rest.
   * Default false.
   */
  readonly isGraph?: boolean;
  /** Where ONNX Runtime writes how long each node took: the beginning of a file's path. Default: nowhere. */
  readonly profile?: string | undefined;
}

/**
 * Compiles an ONNX model for `threads` threads. Each session has a pool of its own; pools whose idle threads spin would
 * starve one another, so threads that wait spin for some microseconds only, and none does between runs.
 */
export function createSession(
  model: Uint8Array,
  threads: number,
  { isGraph = false, profile }: SessionOptions = {},
): Session {
  Native ??= loadBinding();
  const native = new Native();
  native.loadModel(model.buffer, model.byteOffset, model.byteLength, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: isGraph ? "disabled" : "basic",
    enableCpuMemArena: isGraph,
    enableMemPattern: false, // it remembers something of every shape, for ever, and no step is quicker for it
    ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
    logSeverityLevel: 4,
    extra: { session: { force_spinning_stop: "1", intra_op: { spin_duration_us: String(spinMicroseconds) } } },
  });
  const session = {
    threads,
    alive: true,
    lastRun: runs++,
    run({ feeds, fetches }: Ports) {
      session.lastRun = runs++;
      if (unreadable.name in fetches) runUncopied(native, feeds, fetches);
      else runCopied(native, feeds, fetches);
    },
    dispose() {
      session.alive = false;
      if (profile !== undefined) native.endProfiling();
      native.dispose();
    },
  };
  return session;
}

/** See `portsOf`. */
function runUncopied(native: NativeSession, feeds: Ports["feeds"], fetches: Ports["fetches"]): void {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0; // half of what the exception costs
  try {
    runCopied(native, feeds, fetches);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** When onnxruntime-node shows the outputs, they are all computed, and lie in the arrays that it was given. */
function runCopied(native: NativeSession, feeds: Ports["feeds"], fetches: Ports["fetches"]): void {
  try {
    native.run(feeds, fetches);
  } catch (error) {
    if (!isUnshown(error)) throw error;
  }
}

/**
 * Whether only the showing failed: of the output that cannot be shown, or of any where this module runs in a context of
 * its own, as in Jest and in vitest's `vmThreads`. There neither arrays nor errors are instances of the classes of the
 * native module's context; so errors are told by what they say.
 */
function isUnshown(error: unknown): boolean {
  const { message } = error as { message?: unknown };
  return message === unreadable.error || (typeof message === "string" && message.includes("tensor's data must be type of")); // prettier-ignore
}
