/** At most so many tasks at once; the others wait in line. */
export interface Turns {
  run<Result>(task: () => Promise<Result>): Promise<Result>;
}

export function turns(limit: number): Turns {
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
        next(); // who waits takes over the place
      else running--;
    }
  };
  return { run };
}

/** Does `task` for every value, at most `limit` at once; nothing new is begun after a failure, which is thrown. */
export async function forEachOf<Value>(
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
