/**
 * `FOVEA_THREADS` of the environment; undefined if it is not set.
 *
 * @throws RangeError unless it is a whole number of at least 1
 */
export function threadsAsked(): number | undefined {
  const text = process.env["FOVEA_THREADS"];
  if (!text) return undefined;
  const threads = Number(text);
  if (!Number.isInteger(threads) || threads < 1)
    throw new RangeError(`useEngine: FOVEA_THREADS must be a whole number of at least 1, got "${text}".`);
  return threads;
}
