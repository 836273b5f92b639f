export type EngineName = "tensorflow" | "onnxruntime" | "wasm" | "webgpu" | "cpu";

/** One way to run tfjs in Node. To add one: a file like its neighbours, and a line in `engines.ts`. */
export interface Engine {
  readonly name: EngineName;
  /** The name under which tfjs knows its backend. */
  readonly backend: string;
  /** Used only when asked for by name. Default: false */
  readonly experimental?: boolean;
  /** Whether it comes with this package on this platform, so that one expects it to work. Default: false */
  readonly included?: boolean;
  /** The command after which it should work. */
  readonly remedy: string;
  /** Imports the backend and registers it with tfjs. Throws what went wrong. */
  load(): Promise<void>;
  /**
   * Kernels that it has run in JavaScript for want of its own, by name. Engines that count none have no such function.
   */
  fallbacks?(): Readonly<Record<string, number>>;
  /**
   * The native runtime that computes, with its version and what its waiting threads do: for reports of measured times.
   * Called once it is loaded. Engines without one have no such function.
   */
  runtime?(): string;
}
