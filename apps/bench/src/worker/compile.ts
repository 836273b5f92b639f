import * as tf from "@tensorflow/tfjs-core";

/** How a function is made into a graph. */
export interface CompileOptions {
  /**
   * Called before each of the two recordings, 0 and 1: what the function reads in JavaScript should differ. Default:
   * nothing is called.
   */
  readonly beforeRecording?: (attempt: number) => void;
  /** Where ONNX Runtime writes its trace: the beginning of a path. Default: nowhere. */
  readonly profile?: string;
}

/** `compile` of `@fovea/tfjs-backend-onnxruntime`, which its backend has too: makes one graph of a function. */
export type Compile = <A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options?: CompileOptions,
) => ((...args: A) => R) & { dispose(): void };

/** `compile` of the engine that runs, if it has one. */
export const engineCompile = (): Compile | undefined => (tf.backend() as { readonly compile?: Compile }).compile;
