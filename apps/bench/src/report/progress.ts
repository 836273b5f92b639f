import { Presets, SingleBar } from "cli-progress";

const format = "{bar} {value}/{total} · {duration_formatted} · ETA {eta_formatted} · {what}";

/** For parts that are not alike: what `done` says of each is its share of the total. */
export const SHARES = "{bar} {percentage} % · {duration_formatted} · ETA {eta_formatted} · {what}";

/** One part is done, or so many. */
export type Done = (what: string, amount?: number) => void;

/**
 * Runs something that says when each part of a total is done, under a bar that says when all will be. The bar goes, and
 * the cursor comes back, however it ends. On standard error: standard output is for results.
 *
 * @param line - what the bar says; by default, how many parts are done
 */
export async function withProgress<T>(total: number, run: (done: Done) => Promise<T>, line = format): Promise<T> {
  const look = { format: line, barsize: 24, hideCursor: true, clearOnComplete: true, noTTYOutput: true };
  const options = { ...look, etaBuffer: 20 };
  const bar = new SingleBar(options, Presets.shades_classic);
  bar.start(total, 0, { what: "" });
  try {
    return await run((what, amount = 1) => bar.increment(amount, { what }));
  } finally {
    bar.stop();
  }
}
