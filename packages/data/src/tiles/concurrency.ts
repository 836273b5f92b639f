/** Runs at most a fixed number of tasks at once; the others wait in line. */
export interface ConcurrencyLimit {
  run<Result>(task: () => Promise<Result>): Promise<Result>;
}

/** A queue that runs at most `limit` tasks at once. */
export function limitConcurrency(limit: number): ConcurrencyLimit {
  const waiting: (() => void)[] = [];
  let running = 0;
  const run = async <Result>(task: () => Promise<Result>): Promise<Result> => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next)
        next(); // the next task takes over the place
      else running--;
    }
  };
  return { run };
}

/** Does `task` for every value, at most `limit` at once; nothing new is begun after a failure, which is thrown. */
export async function forEachConcurrently<Value>(
  values: Iterable<Value>,
  limit: number,
  task: (value: Value) => Promise<void>,
): Promise<void> {
  const iterator = values[Symbol.iterator]();
  let failed = false;
  const worker = async () => {
    for (let next = iterator.next(); !next.done && !failed; next = iterator.next()) await task(next.value);
  };
  const stopping = async () => {
    try {
      await worker();
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  await Promise.all(Array.from({ length: limit }, stopping));
}
