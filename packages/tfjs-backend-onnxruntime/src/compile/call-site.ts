const here = new URL("..", import.meta.url).pathname;

/** Files of tfjs: as they are installed, and as their source maps call them. */
const ofTfjs = /\/@tensorflow\/|\/tfjs-(core|layers|data|converter|backend-(cpu|wasm|webgl|webgpu))\/src\//;

/**
 * The place in the user's code where an error was made: the innermost frame that is neither tfjs's nor this package's.
 */
export function callSite(error: Error | undefined): string {
  const { stack = "" } = error ?? {};
  const frames = stack.split("\n").filter((line) => /^\s+at .*:\d+:\d+/.test(line));
  const own = frames.find((line) => !ofTfjs.test(line) && !line.includes(here) && !line.includes("node:"));
  return own ? own.trim().replace("file://", "") : "at an unknown line";
}

/** Runs `f` while errors keep the frames of deep calls: tfjs alone puts ten between a user's line and a kernel. */
export function withDeepStacks<T>(f: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 60;
  try {
    return f();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
