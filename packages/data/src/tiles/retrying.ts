import { requireCounts } from "@fovea/nn";
import { ImageFileError } from "../image-file-error.js";
import type { TileSource } from "./tile-source.js";

/** How often and after what time `retrying` tries again. */
export interface RetryOptions {
  /** Number of further tries of a read that failed. Default 2. */
  readonly times?: number;
  /** Milliseconds before the second try. Each later wait is twice as long as the one before. Default 100. */
  readonly wait?: number;
}

/**
 * Wraps an image so that a read that fails is tried again: for network drives and servers that now and then do not
 * answer.
 *
 *     try, wait, try, 2 · wait, try, …;   `times` + 1 tries at most
 *
 * Only what a file does wrong (`ImageFileError`) is worth another try: a rectangle that is none stays one. The last
 * error is thrown, and says how often it was tried. `close` ends the waiting: reads that had failed before are not
 * tried again.
 *
 * A file that is damaged for good takes as many tries and waits before it says so. Opening is not covered: it has no
 * source yet.
 *
 * @throws RangeError unless `times` is a whole number and `wait` a finite one, both of at least 0
 */
export function retrying(source: TileSource, { times = 2, wait = 100 }: RetryOptions = {}): TileSource {
  requireCounts("retrying", { times }, 0);
  if (!(wait >= 0 && wait < Infinity))
    throw new RangeError(`retrying: \`wait\` must be a finite number of at least 0, got ${wait}.`);
  const { name, width, height } = source;
  const { pause, end, ended } = pauses();
  const read: TileSource["read"] = async (region, scale) => {
    for (let tries = 1; ; tries++)
      try {
        return await source.read(region, scale);
      } catch (error) {
        if (!(error instanceof ImageFileError)) throw error;
        if (tries <= times) await pause(wait * 2 ** (tries - 1));
        if (tries > times || ended()) throw afterTries(error, tries);
      }
  };
  const close = () => {
    end();
    return source.close();
  };
  return { name, width, height, read, close };
}

/** The error of the last try. */
const afterTries = (error: ImageFileError, tries: number): ImageFileError =>
  tries === 1 ? error : new ImageFileError(error.id, `${error.reason} (tried ${tries} times)`);

/** The longest time that timers can wait; more would be no wait at all. */
const LONGEST = 2 ** 31 - 1;

/** Pauses that all end at once, and are none from then on. */
function pauses() {
  const under = new Set<() => void>();
  let ended = false;
  const pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      if (ended) return resolve();
      const over = () => {
        clearTimeout(timer);
        under.delete(over);
        resolve();
      };
      const timer = setTimeout(over, Math.min(milliseconds, LONGEST));
      under.add(over);
    });
  const end = () => {
    ended = true;
    for (const over of under) over();
  };
  return { pause, end, ended: () => ended };
}
