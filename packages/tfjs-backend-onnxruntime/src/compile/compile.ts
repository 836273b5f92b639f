import * as tf from "@tensorflow/tfjs-core";
import { requireBackend } from "./require-backend.js";
import type { Compiled, CompileOptions } from "./compiled.js";
import { blockSize } from "../runtime/block-size.js";
import { program, type Program } from "./program.js";
import { record } from "./record.js";
import { activeRecorder } from "./recorder.js";
import { RecordingError } from "./recording-error.js";
import { requireSame } from "./same-recording.js";
import { mapTensors, structureKey, type Structure } from "./structure.js";

/**
 * Makes a function of tensors run as one ONNX graph: a forward pass, or a training step with its gradients and updates.
 *
 * At the first call with arguments of some structure, shapes and types, the function is called with tensors that have
 * no numbers, and what it does with them becomes a graph. Later calls run the graph; the function itself is not called
 * again. So
 *
 * - everything but tensors, variables and `hostTensor`s is a constant: a learning rate that changes must be a scalar
 *   tensor among the arguments;
 * - variables that it reads are inputs, and those that it assigns are assigned, after each run: all or, if `accept` or
 *   a check throws, none;
 * - numbers of tensors cannot be read while it is recorded.
 *
 * Where a gradient is taken of a call, the function itself runs.
 *
 * @param fn - takes and returns tensors, in plain objects and arrays, with null, undefined, booleans and strings
 * @throws TypeError from a call for another argument, such as a number; RecordingError for a function that cannot be
 * recorded, with the line and the kernel; whatever `fn` or `accept` throws
 */
export function compile<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options: CompileOptions<R> = {},
): Compiled<A, R> {
  const { accept = () => {}, fallback = "throw", onFallback, maxGraphs = 8 } = options;
  const programs = new Map<string, Program>();
  let isEager = false;

  function drop(key: string): void {
    programs.get(key)?.dispose();
    programs.delete(key);
  }

  function programFor(args: A): Program {
    const key = structureKey(args, refuseArgument);
    const known = programs.get(key);
    const isUnsteady = known?.isUnsteady() ?? false;
    if (known?.isValid() && !isUnsteady) {
      programs.delete(key); // to the end: used last
      programs.set(key, known);
      return known;
    }
    drop(key);
    const made = recorded(fn as never, args, options as CompileOptions<never>, !isUnsteady);
    programs.set(key, made);
    if (programs.size > maxGraphs) drop(programs.keys().next().value!);
    return made;
  }

  function call(...args: A): R {
    if (isEager || activeRecorder() || tf.engine().state.gradientDepth > 0) return fn(...args);
    try {
      return programFor(args).run(tensorsOf(args), accept as never) as R;
    } catch (error) {
      if (fallback === "throw" || !(error instanceof RecordingError)) throw error;
      isEager = true;
      onFallback?.(error);
      return fn(...args);
    }
  }

  const dispose = () => [...programs.keys()].forEach(drop);
  return Object.defineProperty(Object.assign(call, { dispose }), "graphs", { get: () => programs.size }) as never;
}

function recorded(
  fn: (...args: never[]) => Structure,
  args: readonly Structure[],
  { beforeRecording, profile }: CompileOptions<never>,
  isSteady: boolean,
): Program {
  const backend = requireBackend("compile", "runs");
  const target = { block: blockSize(), portable: false, parallel: true };
  beforeRecording?.(0);
  // what is told are those of the second
  const first = record(backend, fn, args, target, { isSteady, keepsLines: false });
  let second;
  try {
    beforeRecording?.(1);
    second = record(backend, fn, args, target, { isSteady });
    requireSame(first, second);
    return program(backend, second, profile);
  } catch (error) {
    second?.dispose();
    throw error;
  } finally {
    first.dispose();
  }
}

function tensorsOf(args: readonly Structure[]): tf.Tensor[] {
  const tensors: tf.Tensor[] = [];
  mapTensors(args, (tensor) => tensors.push(tensor), refuseArgument);
  return tensors;
}

function refuseArgument(value: unknown, path: string): never {
  const what = typeof value === "number" ? `the number ${value}` : `a ${typeof value}`;
  const advice =
    typeof value === "number"
      ? "it would be a constant for ever; pass a scalar tensor, or bind it outside"
      : "pass tensors in plain objects and arrays, and bind the rest outside";
  throw new TypeError(`compile: argument ${path} is ${what}: ${advice}.`);
}
