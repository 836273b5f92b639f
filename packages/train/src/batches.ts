import type { BatchSource } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/** Hands out batches in order, each asked for while the one before it is being used. */
export interface Prefetched<Batch> {
  /** The next batch, the caller's to dispose. Rejects with the signal's reason as soon as it is aborted. */
  next(): Promise<Batch>;
  /** Asks for the next one now, to have it sooner. */
  ask(): void;
  /** Forgets what was asked for; it is disposed when it comes. */
  close(): void;
}

/** @param from - number of the first batch  @param to - number of the first batch not to ask for */
export function prefetched<Batch extends tf.TensorContainer>(
  source: BatchSource<Batch>,
  from: number,
  to: number,
  signal?: AbortSignal,
): Prefetched<Batch> {
  let number = from;
  let coming: Promise<Batch> | undefined;
  const ask = () => {
    if (coming || number >= to) return;
    const current = number++;
    coming = Promise.resolve().then(() => source.batch(current)); // so that a source that throws at once rejects, too
    coming.catch(() => {}); // reported by the `next` that asks for it
  };
  return {
    ask,
    next: async () => {
      ask();
      const batch = await unlessAborted(coming!, signal);
      coming = undefined;
      return batch;
    },
    close: () => {
      coming?.then(
        (batch) => tf.dispose(batch),
        () => {},
      );
      coming = undefined;
    },
  };
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  signal.throwIfAborted();
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** The length of the first axis of the first tensor of a batch, or 1 if there is none. */
export function leadingAxis(batch: tf.TensorContainer): number {
  return firstTensor(batch)?.shape[0] ?? 1;
}

function firstTensor(value: tf.TensorContainer): tf.Tensor | undefined {
  if (value instanceof tf.Tensor) return value;
  if (typeof value !== "object" || value === null) return undefined;
  for (const inner of Object.values(value as Record<string, tf.TensorContainer>)) {
    const found = firstTensor(inner);
    if (found) return found;
  }
  return undefined;
}
