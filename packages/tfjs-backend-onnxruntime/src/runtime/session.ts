import type { Data, Value } from "../graph/types.js";
import type { NativeSession, NativeTensor } from "./binding.js";
import { loadBinding } from "./binding.js";

/** A compiled model. */
export interface Session {
  readonly threads: number;
  run(feeds: Readonly<Record<string, NativeTensor>>, fetches: Readonly<Record<string, NativeTensor>>): void;
  dispose(): void;
}

let Native: (new () => NativeSession) | undefined;

/**
 * Compiles an ONNX model for `threads` threads. Each session has a pool of its own; pools whose idle threads spin would
 * starve one another, so they are told to stop.
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
    logSeverityLevel: 3,
    extra: { session: { force_spinning_stop: "1", set_denormal_as_zero: "0" } },
  });
  return { threads, run: (feeds, fetches) => void native.run(feeds, fetches, {}), dispose: () => native.dispose() };
}

/** Numbers as the native code takes them; no copy. */
export const nativeTensor = ({ type, shape }: Omit<Value, "name">, data: Data): NativeTensor => ({
  type,
  dims: shape,
  data,
  cpuData: data,
  location: "cpu",
});
