import { unreadable } from "../graph/encode.js";
import type { Data, Value } from "../graph/types.js";
import type { NativeSession, NativeTensor } from "./binding.js";
import { loadBinding } from "./binding.js";

type Tensors = Readonly<Record<string, NativeTensor>>;

/** A compiled model. */
export interface Session {
  readonly threads: number;
  /** False once disposed: whoever still holds the session needs another. */
  readonly alive: boolean;
  /** Greater than that of every session that ran before. */
  readonly lastRun: number;
  run(feeds: Tensors, fetches: Tensors): void;
  dispose(): void;
}

/** Bytes of outputs from which an exception costs less than a copy of them. */
const copied = 65536;

let Native: (new () => NativeSession) | undefined;
let runs = 0;

/**
 * Compiles an ONNX model for `threads` threads. Each session has a pool of its own; pools whose idle threads spin would
 * starve one another, so threads that wait spin for some microseconds only, and none does between runs.
 *
 * onnxruntime-node writes outputs into the arrays that it is given, then copies each into a fresh array that nobody asked
 * for; memory new to the process and its collection make that several times the cost of most kernels. It does so in the
 * order of the model's outputs, so where these are large an output that it cannot show is asked for first: it throws when
 * everything is computed and nothing is copied.
 */
export function createSession(model: Uint8Array, threads: number): Session {
  Native ??= loadBinding();
  const native = new Native();
  native.loadModel(model.buffer, model.byteOffset, model.byteLength, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    enableCpuMemArena: false,
    logSeverityLevel: 4,
    extra: { session: { force_spinning_stop: "1", intra_op: { spin_duration_us: "20" } } },
  });
  const session = {
    threads,
    alive: true,
    lastRun: runs++,
    run(feeds: Tensors, fetches: Tensors) {
      session.lastRun = runs++;
      if (bytesOf(fetches) < copied) native.run(feeds, fetches, {});
      else runUncopied(native, feeds, { ...fetches, [unreadable.name]: null });
    },
    dispose() {
      session.alive = false;
      native.dispose();
    },
  };
  return session;
}

function runUncopied(
  native: NativeSession,
  feeds: Tensors,
  fetches: Readonly<Record<string, NativeTensor | null>>,
): void {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0; // half of what the exception costs
  try {
    native.run(feeds, fetches, {});
  } catch (error) {
    if (!(error instanceof Error && error.message === unreadable.error)) throw error;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function bytesOf(fetches: Tensors): number {
  let bytes = 0;
  for (const name in fetches) bytes += fetches[name]!.data.byteLength;
  return bytes;
}

/** Numbers as the native code takes them; no copy. */
export const nativeTensor = ({ type, shape }: Omit<Value, "name">, data: Data): NativeTensor => ({
  type,
  dims: shape,
  data,
  cpuData: data,
  location: "cpu",
});
