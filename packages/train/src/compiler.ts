import * as tf from "@tensorflow/tfjs-core";

/** How a compiled function is made and run. */
export interface CompileOptions<R> {
  /**
   * Called with the results of a run before any variable is assigned; if it throws, none is. Default: all results are.
   */
  readonly accept?: (result: R) => void;
  /**
   * Called before each of the two recordings of the function, 0 and 1. What JavaScript reads should differ between
   * them: a number that differs with it would be a constant for ever, and is found so. Default: nothing is called.
   */
  readonly beforeRecording?: (attempt: number) => void;
}

/**
 * Turns a function of tensors into one that runs as a whole in the engine, for each structure and shape of its
 * arguments: nested objects and lists of tensors, texts, booleans, null and undefined. It refuses other arguments with
 * a TypeError, and a function that cannot be recorded with an error of the name "RecordingError"; then it has changed
 * nothing.
 */
export type Compile = <A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options?: CompileOptions<R>,
) => ((...args: A) => R) & { dispose(): void };

/** The compiler of the present engine, if it has one: its backend's method `compile`. */
export function engineCompiler(): Compile | undefined {
  const backend = tf.backend() as { compile?: Compile };
  return typeof backend.compile === "function" ? backend.compile.bind(backend) : undefined;
}

/** Whether an error says that a function cannot be compiled, rather than that it failed. */
export const isRefusal = (error: unknown): error is Error =>
  error instanceof TypeError || (error instanceof Error && error.name === "RecordingError");
