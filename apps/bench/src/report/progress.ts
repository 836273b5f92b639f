import { Presets, SingleBar } from "cli-progress";

const format = "{bar} {value}/{total} · {duration_formatted} · ETA {eta_formatted} · {what}";

/**
 * Runs something that says when each part of a total is done, under a bar that says when all will be. The bar goes, and the
 * cursor comes back, however it ends. On standard error: standard output is for results.
 */
export async function withProgress<T>(total: number, run: (done: (what: string) => void) => Promise<T>): Promise<T> {
  const options = { format, barsize: 24, hideCursor: true, clearOnComplete: true, noTTYOutput: true, etaBuffer: 20 };
  const bar = new SingleBar(options, Presets.shades_classic);
  bar.start(total, 0, { what: "" });
  try {
    return await run((what) => bar.increment(1, { what }));
  } finally {
    bar.stop();
  }
}
