/**
 * Runs something with a signal that Ctrl-C (SIGINT) or SIGTERM aborts. The first one lets a `fit` finish its step and
 * write its checkpoint; a second one ends the process as ever.
 *
 * @example const history = await withInterrupt((signal) => fit({ ...options, signal }));
 */
export async function withInterrupt<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const signals = ["SIGINT", "SIGTERM"] as const;
  const stop = (name: NodeJS.Signals) => {
    release();
    controller.abort(new Error(name));
  };
  const release = () => signals.forEach((name) => process.off(name, stop));
  for (const name of signals) process.on(name, stop);
  try {
    return await run(controller.signal);
  } finally {
    release();
  }
}
