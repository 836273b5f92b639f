/** How a function is compiled. */
export interface CompileOptions<R> {
  /**
   * Called with the results of each run before any variable is assigned. What it throws is passed on; nothing is
   * assigned then, and the results are disposed. It must not keep them. Not called where the
   * function itself runs: eagerly, under a gradient, or within another compiled function. Default: takes all results.
   */
  readonly accept?: (result: R) => void;
  /**
   * Called before each recording: the function is recorded twice, to find constants that change from call to call.
   * Change here what the function reads in JavaScript, such as the number of the step. Default: nothing is changed.
   *
   * @param attempt - 0, then 1
   */
  readonly beforeRecording?: (attempt: number) => void;
  /**
   * What happens to a function that cannot be recorded: its error, or every call as without `compile`. Default throw.
   */
  readonly fallback?: "throw" | "eager";
  /** Told once why a function fell back. Default: nobody is told. */
  readonly onFallback?: (reason: Error) => void;
  /**
   * Where ONNX Runtime writes how long each operator of each run took, for `chrome://tracing`: the beginning of the
   * path of a file for each graph. The files are complete after `dispose`. Default: nowhere.
   */
  readonly profile?: string;
  /** Graphs that are held ready, for as many kinds of arguments; of more, the least recently used go. Default 8. */
  readonly maxGraphs?: number;
}

/** A function that runs as one graph. */
export interface Compiled<A extends readonly unknown[], R> {
  (...args: A): R;
  /** How many graphs it holds ready. */
  readonly graphs: number;
  /** Frees its graphs. A later call makes them anew. */
  dispose(): void;
}

/** What `compile` is: for code that finds it on the backend, as `tf.backend().compile`, and does not import it. */
export type Compile = <A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options?: CompileOptions<R>,
) => Compiled<A, R>;
