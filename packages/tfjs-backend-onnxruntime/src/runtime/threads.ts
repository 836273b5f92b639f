import { availableParallelism } from "node:os";

let threads = availableParallelism();

/** How long a thread that waits for work within a run spins before it sleeps, in µs. Between runs none spins. */
export const spinMicroseconds = 20;

/** Threads that a large kernel uses: one number for the process. Default: the cores that Node may use. */
export const getThreads = (): number => threads;

/**
 * Sets the number of threads that large kernels use, from the next kernel on. Small kernels always use one.
 * In worker threads each worker has a number of its own: give `n` workers a share of the cores.
 *
 * @throws RangeError unless `n` is a whole number of at least 1
 */
export function setThreads(n: number): void {
  if (!Number.isInteger(n) || n < 1)
    throw new RangeError(`setThreads: \`n\` must be a whole number of at least 1, got ${n}.`);
  threads = n;
}
