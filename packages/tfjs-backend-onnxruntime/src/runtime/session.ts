import { unreadable } from "../graph/encode.js";
import { loadBinding, type NativeSession } from "./binding.js";
import type { Ports } from "./ports.js";

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

/**
 * Compiles an ONNX model for `threads` threads. Each session has a pool of its own; pools whose idle threads spin would
 * starve one another, so threads that wait spin for some microseconds only, and none does between runs.
 */
export function createSession(model: Uint8Array, threads: number): Session {
  Native ??= loadBinding();
  const native = new Native();
  native.loadModel(model.buffer, model.byteOffset, model.byteLength, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "basic",
    enableCpuMemArena: false,
    logSeverityLevel: 4,
    extra: { session: { force_spinning_stop: "1", intra_op: { spin_duration_us: "20" } } },
  });
  const session = {
    threads,
    alive: true,
    lastRun: runs++,
    run({ feeds, fetches }: Ports) {
      session.lastRun = runs++;
      if (unreadable.name in fetches) runUncopied(native, feeds, fetches);
      else native.run(feeds, fetches);
    },
    dispose() {
      session.alive = false;
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
    native.run(feeds, fetches);
  } catch (error) {
    if (!(error instanceof Error && error.message === unreadable.error)) throw error;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
